// Package detail is the main panel of the console: it shows what has the focus
// closely, in tabs. An object is shown with what differs and who made it so, a
// commit with what it changed, an environment with how it stands and why.
//
// The root says after every update what has the focus; whatever the open tab
// needs is then asked for in the background, and what was asked for before is
// given up. A late answer reaches nobody.
package detail
