// Package outside reaches what is beyond the console's own screen: the
// clipboard, and the operator's editor or pager.
package outside
