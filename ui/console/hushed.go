package console

import "github.com/evenkeel/evenkeel/ui/console/hush"

// Bubble Tea, which this package imports, has been initialised by now.
func init() { hush.End() }
