// Package panel holds the panels at the left of the console: environments, the
// drift of one of them, the images that run in it, and its history.
//
// A panel is told what there is (SetSnapshot, SetEnvironment), keeps what the
// operator has chosen through all changes, and draws the rows that are seen. It
// asks nobody anything; only History reads its pages, with the command that Load
// returns.
package panel
