// Package render turns a tree of files at a revision into the objects that they
// describe: a directory of YAML and JSON, or a Kustomization.
//
// It touches neither disk nor network. All it reads comes from the fs.FS it is
// given, through a jail that follows symbolic links inside the tree and nowhere
// else. What it cannot render faithfully it refuses by name, and every problem
// of a tree is reported, not the first only.
package render
