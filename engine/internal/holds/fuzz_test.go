package holds_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/internal/holds"
)

// FuzzEdit adds a hold to any file: it is refused, or the file says what it
// said and the hold. Removing the hold leaves what was there.
func FuzzEdit(f *testing.F) {
	for _, text := range []string{
		"", "# a\n", header + apiItem + webItem, "holds: []", "holds:\r\n- image: '*'\r\n  # b\r\n", "holds: [{image: '*'}]",
		"holds:\n  # a\n  - {image: a.b/c, by: x} # b\n  # c\n", "holds:\n- image: &a a.b/c\n  by: *a\n", "--- # a\nholds:\n...\n",
		"holds:\n  - image: a.b/c\n    reason: |\n      x\n\n     # y\n# z\n",
	} {
		for _, reason := range []string{"", "a\nb\r\n\tc", "\"'\\: #", "\x00\x07\x1b[31m\x7f", "\u0085\u2028\ufeff\uffff\U0010ffff", "yes", " - a: b ", "{{x}}", "\xff"} {
			f.Add([]byte(text), reason, int64(1_800_000_000), true)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, reason string, seconds int64, held bool) {
		before, err := holds.Parse("f", data)
		if err != nil {
			return
		}
		added := holds.Hold{Image: "added.example/x", By: reason, Reason: reason, Since: time.Unix(seconds%4_000_000_000, 0).UTC()}
		if held && len(before) > 0 {
			added.Image = before[0].Image
		}
		out, err := holds.Add("f", data, "staging", added)
		if err != nil {
			return
		}
		added.By, added.Reason = strings.ToValidUTF8(reason, "\ufffd"), strings.ToValidUTF8(reason, "\ufffd")
		want := slices.DeleteFunc(slices.Clone(before), func(h holds.Hold) bool { return h.Image == added.Image })
		got, err := holds.Parse("f", out)
		if err != nil || len(got) != len(want)+1 || !slices.Contains(got, added) {
			t.Fatalf("%q became %q: %+v, %v", data, out, got, err)
		}
		for i, line := range bytes.Split(out, []byte("\n")) {
			if bytes.ContainsFunc(line, func(r rune) bool { return r == 0x1b }) && !bytes.Contains(data, []byte("\x1b")) {
				t.Errorf("line %d has a control character: %q", i+1, line)
			}
		}
		back, err := holds.Remove("f", out, added.Image)
		if err != nil {
			return
		}
		if left, err := holds.Parse("f", back); err != nil || !slices.Equal(left, want) {
			t.Errorf("%q became %q and then %q: %+v, %v", data, out, back, left, err)
		}
	})
}

// What evenkeel writes itself it can always edit.
func FuzzOwn(f *testing.F) {
	f.Add("a\nb", "c: d # e\x00", int64(1_800_000_000))
	f.Fuzz(func(t *testing.T, by, reason string, seconds int64) {
		one := holds.Hold{Image: "a.b/c", By: by, Reason: reason, Since: time.Unix(seconds%4_000_000_000, 0)}
		two := holds.Hold{Image: holds.Everything, By: reason, Reason: by, Since: one.Since}
		first, err := holds.Add("f", nil, "staging", one)
		if err != nil {
			t.Fatal(err)
		}
		both, err := holds.Add("f", first, "staging", two)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := holds.Add("f", both, "staging", one, two); err != nil || !bytes.Equal(again, both) {
			t.Errorf("%q became %q, %v", both, again, err)
		}
		if left, err := holds.Remove("f", both, two.Image); err != nil || !bytes.Equal(left, first) {
			t.Errorf("%q became %q, %v; was %q", both, left, err, first)
		}
		if none, err := holds.Remove("f", first, one.Image); err != nil || len(none) > 0 {
			t.Errorf("%q became %q, %v", first, none, err)
		}
	})
}
