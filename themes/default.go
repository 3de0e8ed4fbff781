package themes

// Default returns the theme that is used when no other was chosen.
func Default(o Options) *Theme {
	t := &Theme{name: "default", description: "The terminal's own 16 colours", glyphs: &unicodeGlyphs}
	if o.ASCII {
		t.glyphs = &asciiGlyphs
	}
	foregrounds := map[Role]string{
		Dim: "2", Strong: "1", Title: "1", Border: "2", Active: "36", Logo: "1;36", TabOpen: "1;7",
		Key: "1;36", Hint: "2", Off: "2;9", Info: "36", Warning: "33", Error: "31", Danger: "1;31", Success: "32",
		Safe: "1", Go: "1;33", Synced: "32", Modified: "33", Missing: "36", Extra: "31", Pending: "2", Healthy: "32",
		Progressing: "36", Degraded: "31", Suspended: "35", Unknown: "2", Hash: "33", Author: "35", Age: "2", Kind: "36",
		Label: "2", Match: "1;33", YAMLKey: "36", YAMLString: "32", YAMLNumber: "35", YAMLWord: "35", YAMLComment: "2",
		LineNumber: "2", SignAdded: "1;32", SignRemoved: "1;31", Done: "32", Rest: "2",
	}
	surfaces := [surfaceCount]string{
		Cursor: "7", Chosen: "4", AddedPart: "7", RemovedPart: "7", Found: "7", Alarm: "7;31",
	}
	plain := map[Role]string{Dim: "2", Off: "2", Hint: "2"}
	if o.Colors != NoColor {
		plain = foregrounds
	}
	for s := range surfaceCount {
		for r := range roleCount {
			codes := plain[r]
			if surfaces[s] != "" {
				codes = surfaces[s] // the surface alone, so that it can be read
			}
			if codes != "" {
				t.start[s][r] = "\x1b[" + codes + "m"
			}
		}
	}
	return t
}
