package holds

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// lines writes a hold as an item of a list, whose dash stands so far in. Keys
// that the item had before keep their order and their comments.
func (h Hold) lines(indent string, before *yaml.Node) []string {
	values := map[string]string{keyImage: image(h.Image)}
	if h.By != "" {
		values[keyBy] = quote(h.By)
	}
	if h.Reason != "" {
		values[keyReason] = quote(h.Reason)
	}
	if !h.Since.IsZero() {
		values[keySince] = h.Since.Format(time.RFC3339)
	}
	var lines []string
	margin := indent + "- "
	add := func(line string) {
		lines = append(lines, margin+line)
		margin = indent + "  "
	}
	if before != nil && before.Style&yaml.FlowStyle == 0 {
		for i := 0; i+1 < len(before.Content); i += 2 {
			key, value := before.Content[i], before.Content[i+1]
			if i > 0 {
				for _, comment := range comments(key.HeadComment) {
					add(comment)
				}
			}
			if text, ok := values[key.Value]; ok {
				add(strings.TrimRight(key.Value+": "+text+" "+value.LineComment, " "))
				delete(values, key.Value)
			}
			for _, comment := range comments(key.FootComment) {
				add(comment)
			}
		}
	}
	for _, key := range []string{keyImage, keyBy, keyReason, keySince} {
		if text, ok := values[key]; ok {
			add(key + ": " + text)
		}
	}
	return lines
}

// comments are the lines of a comment.
func comments(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// image writes an image without quotes where it can be nothing but text.
func image(s string) string {
	if plainImage.MatchString(s) {
		return s
	}
	return quote(s)
}

var plainImage = regexp.MustCompile(`^[a-zA-Z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+$`)

// quote writes a text in double quotes, on one line, whatever is in it.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
