// Package diffview shows how two texts differ, which are mostly YAML: what a
// cluster has before, what Git says after.
//
// New computes a Diff, which never changes, knows no theme and can be made in a
// goroutine. A View draws one, unified or side by side, and knows where in it
// one is.
//
// Both texts come from outside. What is drawn of them has gone through the ui's
// cleaning, and what cannot be seen is told in words or spelled out wherever it
// makes a difference.
package diffview
