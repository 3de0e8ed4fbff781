package console

import (
	"context"
	"io"

	"github.com/evenkeel/evenkeel/engine/config"
)

// Options say how the console looks and what it opens.
type Options struct {
	// Open starts what the console shows. It is called once, away from the
	// screen, and tells how far it is. Its context ends with the console.
	Open func(ctx context.Context, tell func(Step)) (Session, error)
	// Settings are those of the person; never nil.
	Settings *config.Settings
	// Dir is where themes of the person lie (themes/) and where the console
	// remembers what was chosen (console.json). Empty: nothing is remembered.
	Dir string
	// ReadOnly refuses every action. It cannot be undone from inside.
	ReadOnly bool
	// ASCII draws borders and marks with ASCII only.
	ASCII bool
	// Title is what is being opened, for the screen that is shown until then.
	Title string

	Getenv func(string) string
	In     io.Reader
	Out    io.Writer
}
