package themes

// Glyphs are the marks and lines that are not text. Each fills exactly one cell, so a caller can
// count them. Marks that stand for a state are never alone on a screen: a word is beside them.
type Glyphs struct {
	// Boxes.
	TopLeft, TopRight, BottomLeft, BottomRight string
	Horizontal, Vertical                       string

	// Drift: what a sync would do, in the letters of a diff.
	Synced, Modified, Missing, Extra, Pending string

	Newer string // of an image: an update is there to be had

	// Health. None stands where there is no health to tell.
	Healthy, Progressing, Degraded, Suspended, Unknown, None string

	Check, Cross string // met and not met, ended well and failed
	Warning      string
	Lock         string // protected, or read-only

	Cursor   string // before the chosen row
	Mark     string // before a marked row
	Here     string // behind the revision where an environment stands
	Arrow    string // from one value to another
	Dot      string // between two facts on one line
	Ellipsis string // behind text that was cut
	Wrap     string // before the rest of a line that was broken
	Gap      string // stands for lines left out

	Left, Right string // there is more in that direction
	Closed      string // there is more inside

	BarFull, BarPart, BarEmpty string // a progress bar: done, half a cell, to do
	ScrollThumb                string

	Spinner []string // the frames of one turn
}

// unicodeGlyphs keeps to characters that are narrow in every locale, but for lines, arrow, dot,
// ellipsis and the suspended mark, which have no substitute that fonts draw as well. None is an
// emoji, which some terminals would draw two cells wide.
var unicodeGlyphs = Glyphs{
	TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯",
	Horizontal: "─", Vertical: "│",

	Synced: "=", Modified: "~", Missing: "+", Extra: "-", Pending: "◦", Newer: "▴",
	Healthy: "✓", Progressing: "↻", Degraded: "✗", Suspended: "‖", Unknown: "?", None: "-",

	Check: "✓", Cross: "✗", Warning: "!", Lock: "⊠",

	Cursor: "❯", Mark: "*", Here: "◂", Arrow: "→", Dot: "·", Ellipsis: "…", Wrap: "↳", Gap: "⋯",

	Left: "‹", Right: "›", Closed: "▸",

	BarFull: "━", BarPart: "╸", BarEmpty: "─",
	ScrollThumb: "┃",

	Spinner: []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"},
}

var asciiGlyphs = Glyphs{
	TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+",
	Horizontal: "-", Vertical: "|",

	Synced: "=", Modified: "~", Missing: "+", Extra: "-", Pending: ".", Newer: "^",
	Healthy: "o", Progressing: "%", Degraded: "x", Suspended: "s", Unknown: "?", None: "-",

	Check: "v", Cross: "x", Warning: "!", Lock: "#",

	Cursor: ">", Mark: "*", Here: "<", Arrow: ">", Dot: "|", Ellipsis: "~", Wrap: "\\", Gap: ":",

	Left: "<", Right: ">", Closed: ">",

	BarFull: "#", BarPart: "=", BarEmpty: "-",
	ScrollThumb: "#",

	Spinner: []string{"|", "/", "-", "\\"},
}
