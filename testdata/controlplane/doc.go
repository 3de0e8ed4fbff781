// Package controlplane builds, starts and ends a Kubernetes control plane on
// this machine, for the demo and for tests.
//
// The control plane itself is the program in testdata/cluster, a Go module of
// its own. It is built from source by the first who needs it, which takes
// minutes, and kept in the user's cache directory.
package controlplane
