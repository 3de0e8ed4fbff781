package dialog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/dialog"
)

func TestThemes(t *testing.T) {
	d := newDesk(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "aaa-broken.yaml"), []byte("roles: 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := themes.Options{Colors: themes.ANSI}
	p := dialog.NewThemes("", d.theme, o)
	d.press(p, "down")
	shown, is := d.told[0].(dialog.ThemeShown)
	if !is || shown.Dialog.Shown().Name() == d.theme.Name() {
		t.Fatalf("shown: %+v", d.told)
	}
	d.told = nil
	d.press(p, "enter")
	if picked, is := d.told[0].(dialog.ThemePicked); !is || picked.Name != shown.Dialog.Shown().Name() || !d.closed(p) {
		t.Errorf("picked: %+v", d.told)
	}
	p = dialog.NewThemes("", d.theme, o)
	d.told = nil
	d.press(p, "down", "down")
	if early, is := d.told[0].(dialog.ThemeShown); !is || early.Dialog.Shown().Name() == shown.Dialog.Shown().Name() {
		t.Errorf("a message that comes late shows the theme of before: %+v", d.told)
	}
	d.told = nil
	d.press(p, "esc")
	if back, is := d.told[0].(dialog.ThemeShown); !is || back.Dialog.Shown() != d.theme || !d.closed(p) {
		t.Errorf("put back: %+v", d.told)
	}

	p = dialog.NewThemes(dir, d.theme, o)
	d.told = nil
	d.press(p, "home", "enter")
	if len(d.told) > 0 {
		t.Errorf("a broken theme was shown or picked: %+v", d.told)
	}
	d.shows(p, "aaa-broken", "✗")
	if text := d.view(dialog.NewThemes("", d.theme, o), 80, 24); !strings.Contains(text, "Synced") {
		t.Errorf("there is no sample:\n%s", text)
	}
}
