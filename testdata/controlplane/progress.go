package controlplane

import "fmt"

// Progress is how far the control plane is on its way up.
type Progress struct {
	Text string
	// Done packages of at most Total have been compiled; Total is 0 while
	// nothing is counted. What the build cache holds is not compiled again.
	Done, Total int
}

// String is the progress in a line of text.
func (p Progress) String() string {
	if p.Total == 0 {
		return p.Text
	}
	return fmt.Sprintf("%s: %d of ~%d packages", p.Text, p.Done, p.Total)
}
