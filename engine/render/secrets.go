package render

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// secrets are the texts that must not appear in a message. Kustomize quotes
// what it stumbles over, so its messages are cleaned of all that a Secret holds.
type secrets struct {
	values map[string]bool
}

// learnText adds a text, and each of its lines.
func (s *secrets) learnText(text string) {
	if s.values == nil {
		s.values = map[string]bool{}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		_, value, isPair := strings.Cut(line, "=")
		if isPair {
			s.add(strings.Trim(strings.TrimSpace(value), `"'`))
		}
		s.add(line)
	}
}

func (s *secrets) add(text string) {
	if text != "" {
		s.values[text] = true
	}
}

// learn adds the values of an object, if it is a Secret.
func (s *secrets) learn(object map[string]any) {
	if object["kind"] == "Secret" {
		s.learnAll(object["data"])
		s.learnAll(object["stringData"])
	}
}

// learnPatch adds what looks like the values of a Secret in a patch, which need
// not say what it is for.
func (s *secrets) learnPatch(patch any) {
	switch patch := patch.(type) {
	case map[string]any:
		s.learnAll(patch["data"])
		s.learnAll(patch["stringData"])
	case []any:
		for _, operation := range patch {
			o, _ := operation.(map[string]any)
			if path, _ := o["path"].(string); strings.HasPrefix(path, "/data") || strings.HasPrefix(path, "/stringData") {
				s.learnAll(o["value"])
			}
		}
	}
}

func (s *secrets) learnAll(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			s.learnAll(v)
		}
	case []any:
		for _, v := range value {
			s.learnAll(v)
		}
	case string:
		s.learnText(value)
		if decoded, err := base64.StdEncoding.DecodeString(value); err == nil {
			s.learnText(string(decoded))
		}
	}
}

var (
	quoted       = regexp.MustCompile("(?s)`.*`")
	nodeContents = regexp.MustCompile(`(?s)node contents:.*`)
)

// redact makes a message of kustomize's fit to be shown: on one line, without
// the documents that it quotes, and without secrets.
func (s *secrets) redact(message string) string {
	message = quoted.ReplaceAllString(message, "…")
	message = nodeContents.ReplaceAllString(message, "…")
	values := make([]string, 0, len(s.values))
	for value := range s.values {
		values = append(values, value)
	}
	// The longest first, or a part of it would hide it.
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, value := range values {
		if len(value) >= 4 {
			message = strings.ReplaceAll(message, value, "***")
		} else if short, err := regexp.Compile(`\b` + regexp.QuoteMeta(value) + `\b`); err == nil {
			message = short.ReplaceAllString(message, "***")
		}
	}
	return strings.Join(strings.Fields(message), " ")
}
