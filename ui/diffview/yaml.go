package diffview

import (
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/themes"
)

// yamlState is what has to be known of the lines above to read one.
type yamlState struct {
	within yamlScalar
	parent int32 // how far the block scalar's parent is indented
}

// holds tells whether a line that begins in this state is part of a scalar.
func (st yamlState) holds(text string) bool {
	if st.within != blockScalar {
		return st.within != noScalar
	}
	indent := len(text) - len(strings.TrimLeft(text, " "))
	return indent == len(text) || int32(indent) > st.parent
}

// yamlScalar is a scalar of several lines.
type yamlScalar uint8

const (
	noScalar yamlScalar = iota
	blockScalar
	singleQuoted
	doubleQuoted
)

// token is a part of a line that has a role. What is between tokens is text.
type token struct {
	span
	role themes.Role
}

// yamlStates finds out in which state each line begins.
func yamlStates(lines []line) []yamlState {
	states := make([]yamlState, len(lines))
	s := yamlScanner{}
	for i, l := range lines {
		states[i] = s.state
		s.scan(l.text)
	}
	return states
}

// coloured is how much of a line is looked at for its colours; what is behind
// it has the colour of the last part.
const coloured = 1024

// tokens are the parts of a line that begins in a state.
func (st yamlState) tokens(text string, into []token) []token {
	s := yamlScanner{state: st, colour: true, tokens: into[:0]}
	s.scan(text[:min(len(text), coloured)])
	if n := len(s.tokens); n > 0 && len(text) > coloured {
		s.tokens[n-1].to = int32(len(text))
	}
	return s.tokens
}

// yamlScanner reads YAML line by line. It is no parser: it knows as much as it
// takes to colour what people and programs write.
type yamlScanner struct {
	state  yamlState
	colour bool // else only the state is wanted
	tokens []token

	text string
	at   int
}

func (s *yamlScanner) scan(text string) {
	s.text, s.at = text, 0
	switch {
	case !s.state.holds(text):
		s.state = yamlState{}
	case s.state.within == blockScalar:
		s.emit(len(text), themes.YAMLString)
		return
	default:
		s.quoted(0)
		s.flow()
		return
	}
	if strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") {
		s.emit(3, themes.YAMLMark)
		s.value(-1)
		return
	}
	s.spaces()
	s.entry()
}

// emit ends a token here.
func (s *yamlScanner) emit(to int, role themes.Role) {
	if s.colour && to > s.at && role != themes.Text {
		s.tokens = append(s.tokens, token{span{int32(s.at), int32(to)}, role})
	}
	s.at = to
}

func (s *yamlScanner) spaces() {
	for s.at < len(s.text) && s.text[s.at] == ' ' {
		s.at++
	}
}

// entry is an item of a list, or a key and its value.
func (s *yamlScanner) entry() {
	parent := s.at
	for s.at < len(s.text) && (s.text[s.at] == '-' || s.text[s.at] == '?') && s.endsAt(s.at+1) {
		parent = s.at
		s.emit(s.at+1, themes.YAMLMark)
		s.spaces()
	}
	if end := s.keyEnd(); end > s.at {
		parent = s.at
		s.emit(end, themes.YAMLKey)
		s.spaces()
		s.emit(s.at+1, themes.YAMLMark)
	}
	s.value(parent)
}

// endsAt tells whether a word ends before a place.
func (s *yamlScanner) endsAt(at int) bool { return at >= len(s.text) || s.text[at] == ' ' }

// keyEnd is where a key that begins here ends, or -1.
func (s *yamlScanner) keyEnd() int {
	if s.at >= len(s.text) {
		return -1
	}
	switch c := s.text[s.at]; c {
	case '"', '\'':
		end := closing(s.text, s.at+1, c)
		if end < 0 {
			return -1
		}
		colon := end
		for colon < len(s.text) && s.text[colon] == ' ' {
			colon++
		}
		if colon < len(s.text) && s.text[colon] == ':' {
			return end
		}
		return -1
	case '#', '{', '[', '}', ']', ',', '&', '*', '!', '|', '>', '%', '@', '`':
		return -1
	}
	for at := s.at; at < len(s.text); at++ {
		switch {
		case s.text[at] == ':' && s.endsAt(at+1):
			return at
		case s.text[at] == '#' && s.text[at-1] == ' ':
			return -1
		}
	}
	return -1
}

// value is what is behind a key, an item's dash or a document's beginning.
func (s *yamlScanner) value(parent int) {
	for {
		s.spaces()
		if s.at == len(s.text) {
			return
		}
		switch s.text[s.at] {
		case '&', '!', '*':
			s.emit(s.wordEnd(), themes.YAMLMark)
			continue
		case '#':
			s.emit(len(s.text), themes.YAMLComment)
			return
		case '|', '>':
			s.emit(s.wordEnd(), themes.YAMLMark)
			s.state = yamlState{blockScalar, int32(parent)}
			s.spaces()
			s.emit(len(s.text), themes.YAMLComment)
			return
		case '"', '\'', '{', '[', '}', ']', ',':
			s.flow()
			return
		}
		s.scalar(s.plainEnd(false))
	}
}

func (s *yamlScanner) wordEnd() int {
	if at := strings.IndexByte(s.text[s.at:], ' '); at >= 0 {
		return s.at + at
	}
	return len(s.text)
}

// flow is the rest of a line in which brackets, commas and quotes are marks.
func (s *yamlScanner) flow() {
	for {
		s.spaces()
		if s.at == len(s.text) {
			return
		}
		switch c := s.text[s.at]; c {
		case '{', '}', '[', ']', ',', ':':
			s.emit(s.at+1, themes.YAMLMark)
		case '#':
			s.emit(len(s.text), themes.YAMLComment)
			return
		case '"', '\'':
			if end := s.keyEnd(); end > s.at {
				s.emit(end, themes.YAMLKey)
				continue
			}
			s.state.within = doubleQuoted
			if c == '\'' {
				s.state.within = singleQuoted
			}
			s.quoted(1)
		default:
			end := s.plainEnd(true)
			if end < len(s.text) && s.text[end] == ':' {
				s.emit(end, themes.YAMLKey)
				continue
			}
			s.scalar(end)
		}
	}
}

// quoted is a quoted scalar, or what is left of it on this line; open is how
// many bytes its opening quote has here.
func (s *yamlScanner) quoted(open int) {
	quote := byte('"')
	if s.state.within == singleQuoted {
		quote = '\''
	}
	end := closing(s.text, s.at+open, quote)
	if end < 0 {
		s.emit(len(s.text), themes.YAMLString)
		return
	}
	s.state = yamlState{}
	s.emit(end, themes.YAMLString)
}

// closing is where a quoted scalar ends, behind its quote, or -1.
func closing(text string, at int, quote byte) int {
	for ; at < len(text); at++ {
		switch {
		case text[at] == '\\' && quote == '"':
			at++
		case text[at] == quote && quote == '\'' && at+1 < len(text) && text[at+1] == quote:
			at++
		case text[at] == quote:
			return at + 1
		}
	}
	return -1
}

// plainEnd is where a scalar without quotes ends. It is longer than nothing.
func (s *yamlScanner) plainEnd(flow bool) int {
	for at := s.at; at < len(s.text); at++ {
		switch c := s.text[at]; {
		case c == '#' && at > s.at && s.text[at-1] == ' ':
			return at
		case flow && strings.IndexByte("{}[],", c) >= 0, flow && c == ':' && s.endsAt(at+1):
			return at
		}
	}
	return len(s.text)
}

// scalar gives a scalar without quotes the role of what it is.
func (s *yamlScanner) scalar(end int) {
	if s.colour {
		word := strings.TrimRight(s.text[s.at:end], " ")
		s.emit(s.at+len(word), scalarRole(word))
	}
	s.at = end
}

func scalarRole(word string) themes.Role {
	switch word {
	case "true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL", "~":
		return themes.YAMLWord
	}
	if c := word[0]; len(word) < 40 && (c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.') {
		if _, err := strconv.ParseFloat(word, 64); err == nil {
			return themes.YAMLNumber
		}
		if _, err := strconv.ParseInt(word, 0, 64); err == nil {
			return themes.YAMLNumber
		}
	}
	return themes.YAMLString
}
