package themes

// Role names what a piece of text is, and so how it looks.
type Role uint8

// The roles. A theme file spells them as roleNames does.
const (
	Text    Role = iota // what is there to be read
	Dim                 // what is there to be found
	Strong              // names, and what matters now
	Title               // of a panel
	Number              // of a panel, and counts
	Border              // of a panel
	Active              // border and title of the panel that has the focus
	Logo                // the name of the program
	Tab                 // one that can be opened
	TabOpen             // the one that is open
	Key                 // a key that works here
	Hint                // what a key does
	Off                 // what cannot be done now
	Info                // news
	Warning             // needs attention
	Error               // is wrong
	Danger              // deletes, or cannot be undone
	Success             // ended well
	Safe                // a button that changes nothing
	Go                  // a button that does what the plan says

	Synced   // is as Git says
	Modified // differs, will change
	Missing  // will be created
	Extra    // no longer in Git, will be deleted
	Pending  // not known yet, or under way

	Healthy
	Progressing
	Degraded
	Suspended
	Unknown

	Hash // of a commit
	Author
	Age
	Kind
	Namespace
	Label // the name of a value
	Done  // the part of a bar that is done
	Rest  // the part that is not
	Match // what a search or a filter has found

	YAMLKey
	YAMLString
	YAMLNumber
	YAMLWord // true, false, null
	YAMLComment
	YAMLMark // punctuation, anchors, document ends
	LineNumber
	SignAdded
	SignRemoved

	roleCount
)

// Surface names what a piece of text lies on.
type Surface uint8

// The surfaces. A theme file spells them as surfaceNames does.
const (
	Screen      Surface = iota
	Cursor              // the chosen row of the panel that has the focus
	Chosen              // the chosen row of any other panel
	Marked              // a row that was marked
	Added               // a line that only Git has
	AddedPart           // the words in it that differ
	Removed             // a line that only the cluster has
	RemovedPart         // the words in it that differ
	Fold                // a line that stands for lines left out
	Found               // the match of a search that one stands at
	Bar                 // header and footer
	Alarm               // a bar that says that something is wrong

	surfaceCount
)
