package kube

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Lists and watches are cut into objects, and objects into fields, without
// decoding them: that is several times faster than the decoder, and what is
// kept of an object is the server's own text anyway.

var errJSON = errors.New("the server's answer is not the JSON expected")

// maxValue bounds one object. etcd takes far less.
const maxValue = 64 << 20

// valueScan finds the end of one JSON value. It can be fed in pieces.
type valueScan struct {
	depth            int
	begun            bool
	quoted, escaped  bool
	scalar, complete bool
}

// feed looks at the next piece and returns how much of it belongs to the value.
func (s *valueScan) feed(b []byte) int {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if s.quoted {
			switch {
			case s.escaped:
				s.escaped = false
			case c == '\\':
				s.escaped = true
			case c == '"':
				s.quoted = false
				if s.depth == 0 {
					s.complete = true
					return i + 1
				}
			}
			continue
		}
		switch c {
		case '"':
			s.quoted = true
		case '{', '[':
			s.depth++
		case '}', ']':
			if s.depth == 0 { // the end of what encloses a number or a word
				s.complete = true
				return i
			}
			if s.depth--; s.depth == 0 {
				s.complete = true
				return i + 1
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if s.depth == 0 && s.begun {
				s.complete = true
				return i
			}
		default:
			if s.depth == 0 {
				s.scalar = true
			}
		}
		s.begun = true
	}
	return len(b)
}

// jsonReader cuts a stream of JSON into values.
type jsonReader struct {
	src        io.Reader
	buf        []byte
	start, end int
}

func newJSONReader(src io.Reader) *jsonReader {
	return &jsonReader{src: src, buf: make([]byte, 32<<10)}
}

// more reads on, making room first.
func (r *jsonReader) more() error {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		if len(r.buf) >= maxValue {
			return fmt.Errorf("%w: an object of more than %d bytes", errJSON, maxValue)
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// peek returns the next byte that is no space.
func (r *jsonReader) peek() (byte, error) {
	for {
		for ; r.start < r.end; r.start++ {
			switch c := r.buf[r.start]; c {
			case ' ', '\t', '\r', '\n':
			default:
				return c, nil
			}
		}
		if err := r.more(); err != nil {
			return 0, err
		}
	}
}

// take consumes one expected byte.
func (r *jsonReader) take(want byte) error {
	c, err := r.peek()
	if err != nil {
		return noEOF(err)
	}
	if c != want {
		return fmt.Errorf("%w: %q instead of %q", errJSON, c, want)
	}
	r.start++
	return nil
}

// value returns the next value, or io.EOF where none begins. It is good until
// the next call.
func (r *jsonReader) value() ([]byte, error) {
	if _, err := r.peek(); err != nil {
		return nil, err
	}
	var scan valueScan
	n := 0
	for {
		n += scan.feed(r.buf[r.start+n : r.end])
		if scan.complete {
			if n == 0 {
				return nil, errJSON
			}
			v := r.buf[r.start : r.start+n]
			r.start += n
			return v, nil
		}
		if err := r.more(); err != nil {
			return nil, noEOF(err)
		}
	}
}

// members walks over an object that is read from the stream. The callback
// consumes the member's value.
func (r *jsonReader) members(f func(key string) error) error {
	if err := r.take('{'); err != nil {
		return err
	}
	return r.sequence('}', func() error {
		key, err := r.value()
		if err != nil {
			return noEOF(err)
		}
		name, err := unquote(key)
		if err != nil {
			return err
		}
		if err := r.take(':'); err != nil {
			return err
		}
		return f(name)
	})
}

// elements walks over an array, or over null, that is read from the stream.
func (r *jsonReader) elements(f func(raw []byte) error) error {
	if c, err := r.peek(); err == nil && c == 'n' {
		_, err = r.value()
		return err
	}
	if err := r.take('['); err != nil {
		return err
	}
	return r.sequence(']', func() error {
		raw, err := r.value()
		if err != nil {
			return noEOF(err)
		}
		return f(raw)
	})
}

// sequence calls next for what lies between commas up to the closing byte.
func (r *jsonReader) sequence(closing byte, next func() error) error {
	for first := true; ; first = false {
		c, err := r.peek()
		if err != nil {
			return noEOF(err)
		}
		if c == closing {
			r.start++
			return nil
		}
		if !first {
			if err := r.take(','); err != nil {
				return err
			}
		}
		if err := next(); err != nil {
			return err
		}
	}
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fieldsOf walks over the fields of an object that is already in memory. The
// key is only good during the call; the value is a part of raw.
func fieldsOf(raw []byte, f func(key, value []byte) error) error {
	return walk(raw, '{', '}', func(rest []byte) ([]byte, error) {
		key, rest, err := cut(rest)
		if err != nil || len(key) < 2 || key[0] != '"' {
			return nil, errJSON
		}
		if rest = bytes.TrimLeft(rest, " \t\r\n"); len(rest) == 0 || rest[0] != ':' {
			return nil, errJSON
		}
		value, rest, err := cut(rest[1:])
		if err != nil {
			return nil, err
		}
		return rest, f(key[1:len(key)-1], value)
	})
}

// elementsOf walks over the elements of an array that is already in memory.
func elementsOf(raw []byte, f func(value []byte) error) error {
	return walk(raw, '[', ']', func(rest []byte) ([]byte, error) {
		value, rest, err := cut(rest)
		if err != nil {
			return nil, err
		}
		return rest, f(value)
	})
}

func walk(raw []byte, opening, closing byte, next func(rest []byte) ([]byte, error)) error {
	rest := bytes.TrimLeft(raw, " \t\r\n")
	if len(rest) == 0 || rest[0] != opening {
		return errJSON
	}
	rest = rest[1:]
	for first := true; ; first = false {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(rest) == 0 {
			return errJSON
		}
		if rest[0] == closing {
			return nil
		}
		if !first {
			if rest[0] != ',' {
				return errJSON
			}
			rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		}
		var err error
		if rest, err = next(rest); err != nil {
			return err
		}
	}
}

// cut splits off the value at the beginning.
func cut(b []byte) (value, rest []byte, err error) {
	b = bytes.TrimLeft(b, " \t\r\n")
	var scan valueScan
	n := scan.feed(b)
	if n == 0 || !scan.complete && !scan.scalar {
		return nil, nil, errJSON
	}
	return b[:n], b[n:], nil
}

func unquote(raw []byte) (string, error) {
	if len(raw) >= 2 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", fmt.Errorf("%w: %s", errJSON, "a string was expected")
	}
	return s, nil
}
