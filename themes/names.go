package themes

// roleNames are the roles as theme files spell them.
var roleNames = [roleCount]string{
	Text: "text", Dim: "dim", Strong: "strong", Title: "title", Number: "number", Border: "border", Active: "active",
	Logo: "logo", Tab: "tab", TabOpen: "tabOpen", Key: "key", Hint: "hint", Off: "off",
	Info: "info", Warning: "warning", Error: "error", Danger: "danger", Success: "success", Safe: "safe", Go: "go",

	Synced: "synced", Modified: "modified", Missing: "missing", Extra: "extra", Pending: "pending",
	Healthy: "healthy", Progressing: "progressing", Degraded: "degraded", Suspended: "suspended", Unknown: "unknown",

	Hash: "hash", Author: "author", Age: "age", Kind: "kind", Namespace: "namespace", Label: "label",
	Done: "done", Rest: "rest", Match: "match",

	YAMLKey: "yamlKey", YAMLString: "yamlString", YAMLNumber: "yamlNumber", YAMLWord: "yamlWord",
	YAMLComment: "yamlComment", YAMLMark: "yamlMark",
	LineNumber: "lineNumber", SignAdded: "signAdded", SignRemoved: "signRemoved",
}

// roleFallbacks say what a role looks like that a file leaves out. Text ends every chain.
var roleFallbacks = [roleCount]Role{
	Text: Text, Dim: Text, Strong: Text, Title: Strong, Number: Dim, Border: Dim, Active: Info,
	Logo: Title, Tab: Dim, TabOpen: Strong, Key: Strong, Hint: Dim, Off: Dim,
	Info: Text, Warning: Text, Error: Warning, Danger: Error, Success: Text, Safe: Strong, Go: Warning,

	Synced: Success, Modified: Warning, Missing: Info, Extra: Danger, Pending: Dim,
	Healthy: Success, Progressing: Info, Degraded: Error, Suspended: Warning, Unknown: Dim,

	Hash: Number, Author: Text, Age: Dim, Kind: Dim, Namespace: Dim, Label: Dim,
	Done: Success, Rest: Dim, Match: Warning,

	YAMLKey: Info, YAMLString: Text, YAMLNumber: YAMLString, YAMLWord: YAMLNumber,
	YAMLComment: Dim, YAMLMark: Dim,
	LineNumber: Dim, SignAdded: Success, SignRemoved: Error,
}

// surfaceNames are the surfaces as theme files spell them.
var surfaceNames = [surfaceCount]string{
	Screen: "screen", Cursor: "cursor", Chosen: "chosen", Marked: "marked",
	Added: "added", AddedPart: "addedPart", Removed: "removed", RemovedPart: "removedPart",
	Fold: "fold", Found: "found", Bar: "bar", Alarm: "alarm",
}

// surfaceFallbacks say what a surface looks like that a file leaves out. Screen ends every chain
// but the cursor's: where a file forgets it, it is reversed, for it must be seen.
var surfaceFallbacks = [surfaceCount]Surface{
	Screen: Screen, Cursor: Cursor, Chosen: Screen, Marked: Chosen,
	Added: Screen, AddedPart: Added, Removed: Screen, RemovedPart: Removed,
	Fold: Screen, Found: Cursor, Bar: Screen, Alarm: Bar,
}

// attribute is a set of ways to show text that need no colour.
type attribute uint8

const (
	bold attribute = 1 << iota
	faint
	italic
	underline
	reverse
	strikethrough
)

// attributeNames are the attributes as theme files spell them, the first being the lowest bit.
var attributeNames = [...]string{"bold", "faint", "italic", "underline", "reverse", "strikethrough"}

// colorNames are the terminal's 16 colours as theme files spell them, by number.
var colorNames = [...]string{
	"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
	"brightBlack", "brightRed", "brightGreen", "brightYellow", "brightBlue", "brightMagenta", "brightCyan", "brightWhite",
}

// terminalColor is the name of the colour that the terminal has when nobody says anything.
const terminalColor = "default"
