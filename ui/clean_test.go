package ui_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/evenkeel/evenkeel/ui"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":                  {"quieter logs", "quieter logs"},
		"other scripts":          {"Größe → 12 für 部署 👩‍🚀", "Größe → 12 für 部署 👩‍🚀"},
		"colour":                 {"a\x1b[31;1mred\x1b[0m b", "ared b"},
		"clear screen":           {"a\x1b[2J\x1b[Hb", "ab"},
		"private mode":           {"a\x1b[?1049hb", "ab"},
		"title by BEL":           {"a\x1b]0;owned\x07b", "ab"},
		"link by ST":             {"\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\", "click"},
		"clipboard":              {"\x1b]52;c;ZXZpbA==\x07ok", "ok"},
		"device control":         {"a\x1bP+q544e\x1b\\b", "ab"},
		"application command":    {"a\x1b_Gf=100;x\x1b\\b", "ab"},
		"reset":                  {"a\x1bcb", "ab"},
		"character set":          {"a\x1b(0b", "ab"},
		"CSI as C1":              {"a\u009b31mb", "ab"},
		"OSC as C1":              {"a\u009d0;owned\u009cb", "ab"},
		"CSI as a lone byte":     {"a\x9b31mb", "ab"},
		"other C1":               {"a\u0084\u0088b", "ab"},
		"unended CSI":            {"a\x1b[12", "a12"},
		"unended OSC":            {"a\x1b]0;rest is kept", "a0;rest is kept"},
		"escape at the end":      {"a\x1b", "a"},
		"escape within a CSI":    {"a\x1b[\x1b[31mb", "ab"},
		"bell, backspace, DEL":   {"a\a\b\x7fb", "ab"},
		"carriage return":        {"harmless\revil", "harmless evil"},
		"lines":                  {"subject\nEvenkeel-Action: sync\r\nx", "subject Evenkeel-Action: sync x"},
		"line separators":        {"a\u2028b\u2029c\u0085d", "a b c d"},
		"tab":                    {"a\tb", "a b"},
		"right-to-left override": {"exe.\u202egpj\u202c", "exe.gpj"},
		"isolates":               {"a\u2066b\u2069c\u200ed", "abcd"},
		"zero width":             {"ad\u200bmin\ufeff\u2060", "admin"},
		"tags":                   {"a\U000e0041\U000e007fb", "ab"},
		"not UTF-8":              {"a\xff\xc3b", "a\ufffd\ufffdb"},
		"NUL":                    {"a\x00b", "ab"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ui.Clean(c.in); got != c.want {
				t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCleanLines(t *testing.T) {
	got := ui.CleanLines("a\r\n\tb\x1b[2K\n\nc\n")
	if want := []string{"a", " b", "", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := ui.CleanLines(""); got != nil {
		t.Errorf("no text gave %q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb\u202e\x9b\xff\r\n")
	f.Add("\x1b]0;x\x1b\\\u009b1\u009c")
	f.Fuzz(func(t *testing.T, s string) {
		got := ui.Clean(s)
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("Clean(%q) = %q: %U is left", s, got, r)
			}
		}
		if strings.ToValidUTF8(got, "") != got {
			t.Fatalf("Clean(%q) = %q is not UTF-8", s, got)
		}
		if again := ui.Clean(got); again != got {
			t.Fatalf("Clean is not stable: %q, then %q", got, again)
		}
	})
}
