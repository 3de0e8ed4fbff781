package command

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/config"
)

func TestReadLogins(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	file := filepath.Join(home, "token")
	for name, c := range map[string]struct{ file, text, want, wrong string }{
		"as it is":          {file, "hunter2", "hunter2", ""},
		"a newline":         {file, " hunter2 \n", " hunter2 ", ""},
		"CRLF":              {file, "hunter2\r\n", "hunter2", ""},
		"one newline only":  {file, "hunter2\n\n", "hunter2\n", ""},
		"home":              {"~/token", "hunter2\n", "hunter2", ""},
		"somebody's home":   {"~ada/token", "hunter2", "", "log in to a.b: read the password: open ~ada/token"},
		"empty":             {file, "\n", "", "log in to a.b: " + file + ", which should hold the password, is empty"},
		"not there":         {file + "s", "hunter2", "", "log in to a.b: read the password: open " + file + "s"},
		"password in place": {"", "", "direct", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			given := map[string]config.Login{"a.b": {Username: "ada", PasswordFile: c.file}}
			if c.file == "" {
				given["a.b"] = config.Login{Username: "ada", Password: c.want}
			}
			before := maps.Clone(given)
			got, err := readLogins(given)
			if c.wrong != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.wrong) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("got %v, want %s", err, c.wrong)
				}
				return
			}
			if err != nil || got["a.b"] != (config.Login{Username: "ada", Password: c.want}) {
				t.Errorf("got %#v with %q, %v", got, got["a.b"].Password, err)
			}
			if !maps.Equal(given, before) {
				t.Error("the settings themselves were changed")
			}
		})
	}
	if got, err := readLogins(nil); err != nil || len(got) != 0 {
		t.Errorf("none became %v, %v", got, err)
	}
}
