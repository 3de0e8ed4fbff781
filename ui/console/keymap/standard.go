package keymap

// The groups of the help page.
const (
	groupMove = "Move about"
	groupView = "What is shown"
	groupAct  = "Act"
	groupAll  = "Anywhere"
)

// entry is an action with the keys that it has unless the settings say otherwise.
type entry struct {
	action Action
	group  string
	help   string
	keys   []string
	keeps  bool // nobody can do without it, so the settings cannot take its last key
}

// standard lists every action in the order of the help page.
func standard() []entry {
	return []entry{
		{Up, groupMove, "up", []string{"up", "k"}, true},
		{Down, groupMove, "down", []string{"down", "j"}, true},
		{Left, groupMove, "left", []string{"left", "<"}, false},
		{Right, groupMove, "right", []string{"right", ">"}, false},
		{PageUp, groupMove, "a page up", []string{"pgup", "ctrl+b", "ctrl+u"}, false},
		{PageDown, groupMove, "a page down", []string{"pgdown", "ctrl+f", "ctrl+d"}, false},
		{Top, groupMove, "to the top", []string{"home", "g"}, false},
		{Bottom, groupMove, "to the bottom", []string{"end", "G"}, false},
		{Open, groupMove, "open", []string{"enter"}, true},
		{Back, groupMove, "back", []string{"esc"}, true},
		{NextPanel, groupMove, "next panel", []string{"tab"}, false},
		{PrevPanel, groupMove, "previous panel", []string{"shift+tab"}, false},
		{NextTab, groupMove, "next tab", []string{"]"}, false},
		{PrevTab, groupMove, "previous tab", []string{"["}, false},
		{Environments, groupMove, "environments", []string{"1"}, false},
		{Drift, groupMove, "drift", []string{"2"}, false},
		{Images, groupMove, "images", []string{"3"}, false},
		{History, groupMove, "history", []string{"4"}, false},
		{Detail, groupMove, "detail", []string{"0"}, false},

		{Filter, groupView, "filter", []string{"/"}, false},
		{NextChange, groupView, "next difference", []string{"n"}, false},
		{PrevChange, groupView, "previous difference", []string{"N"}, false},
		{Side, groupView, "side by side", []string{"d"}, false},
		{Fold, groupView, "fold unchanged", []string{"z"}, false},
		{Whitespace, groupView, "whitespace", []string{"w"}, false},
		{Wrap, groupView, "wrap lines", []string{"W"}, false},
		{Only, groupView, "only differences", []string{"o"}, false},
		{Everywhere, groupView, "updates of all environments", []string{"A"}, false},
		{Group, groupView, "group", []string{"b"}, false},
		{Follow, groupView, "follow the log", []string{"f"}, false},
		{Previous, groupView, "log of the previous run", []string{"P"}, false},
		{Failure, groupView, "what fails, and why", []string{"F"}, false},
		{Compare, groupView, "compare", []string{"c"}, false},
		{Screen, groupView, "larger", []string{"+", "="}, false},
		{Layout, groupView, "layout", []string{"L"}, false},

		{Sync, groupAct, "sync", []string{"s"}, false},
		{SyncPick, groupAct, "sync this object", []string{"ctrl+s"}, false},
		{Prune, groupAct, "approve deletions", []string{"D"}, false},
		{Suspend, groupAct, "suspend", []string{"S"}, false},
		{Approve, groupAct, "approve an update", []string{"a"}, false},
		{Pin, groupAct, "pin an image to a tag", []string{"X"}, false},
		{Hold, groupAct, "hold or release an image", []string{"h"}, false},
		{HoldAll, groupAct, "hold or release all images", []string{"H"}, false},
		{Promote, groupAct, "promote", []string{"p"}, false},
		{Rollback, groupAct, "roll back", []string{"r"}, false},
		{Undo, groupAct, "undo the last commit", []string{"u"}, false},
		{Override, groupAct, "override gates", []string{"O"}, false},
		{Overlay, groupAct, "leave shared files alone", []string{"v"}, false},
		{Refresh, groupAct, "refresh", []string{"R"}, false},
		{Mark, groupAct, "mark", []string{"x", "space"}, false},
		{Copy, groupAct, "copy", []string{"y"}, false},
		{Edit, groupAct, "open in editor", []string{"e"}, false},

		{Palette, groupAll, "commands", []string{":", "ctrl+k"}, true},
		{Help, groupAll, "help", []string{"?"}, false},
		{Log, groupAll, "activity", []string{"@"}, false},
		{Trouble, groupAll, "read the error", []string{"E"}, false},
		{Theme, groupAll, "theme", []string{"T"}, false},
		{Mouse, groupAll, "mouse", []string{"M"}, false},
		{ReadOnly, groupAll, "read-only", []string{"ctrl+r"}, false},
		{Pause, groupAll, "to the shell", []string{"ctrl+z"}, false},
		{Quit, groupAll, "quit", []string{"q", "ctrl+c"}, true},
	}
}
