// Package keymap says which key starts which action of the console.
//
// A key means the same everywhere: there is one map, from keys to actions, and
// what an action does depends on what has the focus. Whatever can be acted on
// tells with Offers what it can do now, and why not; the footer, the help page
// and the palette are made of those.
package keymap

// Action is something that an operator can start with a key. Its text is its
// name in the settings.
type Action string

// The actions that move about.
const (
	Up       Action = "up"
	Down     Action = "down"
	Left     Action = "left"
	Right    Action = "right"
	PageUp   Action = "page-up"
	PageDown Action = "page-down"
	Top      Action = "top"
	Bottom   Action = "bottom"
	Open     Action = "open" // go into what is chosen
	Back     Action = "back" // and out again

	Environments Action = "environments" // panel 1
	Drift        Action = "drift"        // panel 2
	Images       Action = "images"       // panel 3
	History      Action = "history"      // panel 4
	Detail       Action = "detail"       // the main panel
	NextPanel    Action = "next-panel"
	PrevPanel    Action = "previous-panel"
	NextTab      Action = "next-tab"
	PrevTab      Action = "previous-tab"
	Screen       Action = "screen" // normal, half, full
	Layout       Action = "layout" // by size, or one of the three
)

// The actions on what is shown.
const (
	Filter     Action = "filter"
	NextChange Action = "next-difference"
	PrevChange Action = "previous-difference"
	Side       Action = "side-by-side"
	Whitespace Action = "whitespace"
	Fold       Action = "fold"
	Wrap       Action = "wrap"
	Group      Action = "group"
	Only       Action = "only-differences"
	Everywhere Action = "everywhere"   // in all environments
	Follow     Action = "follow"       // a log
	Previous   Action = "previous-log" // of the container's previous run
	Compare    Action = "compare"      // two revisions, or two environments
	Mark       Action = "mark"
	Copy       Action = "copy"
	Edit       Action = "edit"    // in an editor or a pager
	Failure    Action = "failure" // what fails in an environment, and why
)

// The actions that do something.
const (
	Sync     Action = "sync"
	SyncPick Action = "sync-object" // what is chosen or marked
	Prune    Action = "prune"
	Suspend  Action = "suspend"  // or resume
	Approve  Action = "approve"  // what is pending: the chosen image, or the marked ones
	Pin      Action = "pin"      // give an image a tag that one chooses, and hold it there
	Hold     Action = "hold"     // an image, or release it
	HoldAll  Action = "hold-all" // of an environment, or release that
	Promote  Action = "promote"  // what runs where an environment promotes from
	Rollback Action = "rollback" // to what an environment was
	Undo     Action = "undo"     // the last commit that an operator made through evenkeel
	Override Action = "override" // gates that are not met, or stop that
	Overlay  Action = "overlay"  // leave files alone that others read too, or stop that
	Refresh  Action = "refresh"  // ask again where what is shown comes from
	ReadOnly Action = "read-only"
)

// The actions on the console itself.
const (
	Palette Action = "palette"
	Help    Action = "help"
	Log     Action = "activity"
	Trouble Action = "trouble" // read the error that is shown
	Theme   Action = "theme"
	Mouse   Action = "mouse"
	Pause   Action = "pause" // suspend the program, as shells know it
	Quit    Action = "quit"
)

// Offer is an action that can be taken here, or the reason why it can't be now.
type Offer struct {
	Action Action
	// Label says what the action does here; empty for what it does anywhere.
	Label string
	// Disabled says why it can't be done now; empty when it can.
	Disabled string
}
