// Package command is evenkeel's commands: what is read from flags, and what is
// written to a terminal, a pipe or a program.
//
// A command asks the engine and renders what it answers. Rendering is kept in
// functions that take engine types and nothing else, as text (for people) or as
// the documents of json.go (a contract). Text passes through a printer, which
// cleans it: nothing that comes from Git, a cluster or a person reaches a
// terminal by another way.
package command
