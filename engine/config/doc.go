// Package config reads evenkeel.yaml, the file that names the config repository
// and the environments kept from it, and settings.yaml, which holds what belongs
// to one person on one machine.
//
// The keys of both files are described once, as a table. The parser walks the
// table, and so does the JSON Schema, so that the two cannot say different
// things. Nothing in a file is passed over: every unknown key, wrong type and
// dangling name is a Problem with its place, and all of them are reported.
package config
