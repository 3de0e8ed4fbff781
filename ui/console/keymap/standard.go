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
}

// standard lists every action in the order of the help page.
func standard() []entry {
	return []entry{
		{Up, groupMove, "up", []string{"up", "k"}},
		{Down, groupMove, "down", []string{"down", "j"}},
		{Left, groupMove, "left", []string{"left", "h"}},
		{Right, groupMove, "right", []string{"right", "l"}},
		{PageUp, groupMove, "a page up", []string{"pgup", "ctrl+b", "ctrl+u"}},
		{PageDown, groupMove, "a page down", []string{"pgdown", "ctrl+f", "ctrl+d"}},
		{Top, groupMove, "to the top", []string{"home", "g"}},
		{Bottom, groupMove, "to the bottom", []string{"end", "G"}},
		{Open, groupMove, "open", []string{"enter"}},
		{Back, groupMove, "back", []string{"esc"}},
		{NextPanel, groupMove, "next panel", []string{"tab"}},
		{PrevPanel, groupMove, "previous panel", []string{"shift+tab"}},
		{NextTab, groupMove, "next tab", []string{"]"}},
		{PrevTab, groupMove, "previous tab", []string{"["}},
		{Environments, groupMove, "environments", []string{"1"}},
		{Drift, groupMove, "drift", []string{"2"}},
		{Images, groupMove, "images", []string{"3"}},
		{History, groupMove, "history", []string{"4"}},
		{Detail, groupMove, "detail", []string{"0"}},

		{Filter, groupView, "filter", []string{"/"}},
		{NextChange, groupView, "next difference", []string{"n"}},
		{PrevChange, groupView, "previous difference", []string{"N"}},
		{Side, groupView, "side by side", []string{"d"}},
		{Fold, groupView, "fold unchanged", []string{"z"}},
		{Whitespace, groupView, "whitespace", []string{"w"}},
		{Wrap, groupView, "wrap lines", []string{"W"}},
		{Only, groupView, "only differences", []string{"o"}},
		{Group, groupView, "group", []string{"b"}},
		{Follow, groupView, "follow the log", []string{"f"}},
		{Previous, groupView, "log of the previous run", []string{"P"}},
		{Screen, groupView, "larger", []string{"+", "="}},
		{Layout, groupView, "layout", []string{"L"}},

		{Sync, groupAct, "sync", []string{"s"}},
		{SyncPick, groupAct, "sync this object", []string{"ctrl+s"}},
		{Prune, groupAct, "approve deletions", []string{"D"}},
		{Suspend, groupAct, "suspend", []string{"S"}},
		{Refresh, groupAct, "refresh", []string{"R"}},
		{Mark, groupAct, "mark", []string{"x", "space"}},
		{Copy, groupAct, "copy", []string{"y"}},
		{Edit, groupAct, "open in editor", []string{"e"}},

		{Palette, groupAll, "commands", []string{":", "ctrl+k"}},
		{Help, groupAll, "help", []string{"?"}},
		{Log, groupAll, "activity", []string{"@"}},
		{Trouble, groupAll, "read the error", []string{"E"}},
		{Theme, groupAll, "theme", []string{"T"}},
		{Mouse, groupAll, "mouse", []string{"M"}},
		{ReadOnly, groupAll, "read-only", []string{"ctrl+r"}},
		{Pause, groupAll, "to the shell", []string{"ctrl+z"}},
		{Quit, groupAll, "quit", []string{"q", "ctrl+c"}},
	}
}
