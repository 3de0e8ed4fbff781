// Package yamltext says what is wrong with the text of a YAML file, in words
// for the person who wrote it and without repeating anything that may be
// secret.
package yamltext

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// TrimBOM takes the byte order mark from the front of a file.
func TrimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }

// InvalidUTF8 returns where the first byte is that is not UTF-8; line 0 when
// all of it is.
func InvalidUTF8(data []byte) (line, column int) {
	if utf8.Valid(data) {
		return 0, 0
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			before := data[:at]
			return bytes.Count(before, []byte("\n")) + 1, at - bytes.LastIndexByte(before, '\n')
		}
		at += size
	}
}

var (
	errorLine     = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	unknownAnchor = regexp.MustCompile(`(?s)^unknown anchor '(.*)' referenced`)
	// oneLineEarly are the errors for which the parser, as opposed to the
	// scanner below it, counts lines from 0.
	oneLineEarly = regexp.MustCompile(`^did not find expected (<document start>|node content|'-' indicator|key|',' or '[\]}]')`)
)

// Explain puts an error of go.yaml.in/yaml/v3 into words, with its line.
func Explain(data []byte, err error) (line int, message string) {
	message = err.Error()
	line = 1
	if m := errorLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		if l, err := strconv.Atoi(m[1]); err == nil {
			line = l
			if oneLineEarly.MatchString(message) {
				line++
			}
		}
	}
	// The end of the file is no line of its own.
	line = min(line, 1+bytes.Count(bytes.TrimRight(data, "\r\n"), []byte("\n")))
	if tab := tabIndent(data, line); tab > 0 {
		return tab, "the line is indented with a tab; YAML takes spaces only"
	}
	// What follows the * may be a password that should have been quoted.
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		before, _, _ := bytes.Cut(data, []byte("*"+m[1]))
		return bytes.Count(before, []byte("\n")) + 1, "an alias (*) has no anchor (&); quote the value if it is text"
	}
	return line, "not valid YAML: " + message
}

// tabIndent returns the line, at or next to the one where the parser gave up,
// that has a tab in its indentation, or 0.
func tabIndent(data []byte, line int) int {
	lines := strings.Split(string(data), "\n")
	for _, l := range []int{line, line + 1, line - 1} {
		if l < 1 || l > len(lines) {
			continue
		}
		text := lines[l-1]
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if strings.Contains(indent, "\t") {
			return l
		}
	}
	return 0
}

// Decode reads the next document. It keeps a parser that gives up in its own
// way from taking evenkeel with it.
func Decode(decoder *yaml.Decoder, document *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("yaml: the parser gave up")
		}
	}()
	return decoder.Decode(document)
}
