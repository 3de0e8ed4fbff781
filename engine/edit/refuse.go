package edit

import (
	"errors"
	"fmt"
)

// ErrRefused is what every error of this package is that says why an edit is
// not made.
var ErrRefused = errors.New("refused")

// Refusal says where an edit would have to be made, and why it is not.
type Refusal struct {
	File string
	// Line is 0 when the reason lies in the file as a whole.
	Line   int
	Reason string
}

func (r *Refusal) Error() string {
	switch {
	case r.File == "":
		return r.Reason
	case r.Line == 0:
		return r.File + ": " + r.Reason
	}
	return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Reason)
}

// Is tells that a refusal is one.
func (r *Refusal) Is(target error) bool { return target == ErrRefused }

func refuse(file string, line int, format string, args ...any) error {
	return &Refusal{File: file, Line: line, Reason: fmt.Sprintf(format, args...)}
}
