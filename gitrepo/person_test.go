package gitrepo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo"
)

func TestPerson(t *testing.T) {
	const ada = "[user]\n\tname = Ada Byron\n\temail = ada@example.com # at work\n"
	for name, c := range map[string]struct {
		files       map[string]string // below the home directory
		environment map[string]string
		want        string
	}{
		"nobody":              {want: " <>"},
		"home":                {files: map[string]string{".gitconfig": ada}, want: "Ada Byron <ada@example.com>"},
		"any case":            {files: map[string]string{".gitconfig": "[User]\nName = \"A; B\"\nEMAIL=a@b.c"}, want: "A; B <a@b.c>"},
		"as Git finds it now": {files: map[string]string{".config/git/config": ada}, want: "Ada Byron <ada@example.com>"},
		"elsewhere": {
			files:       map[string]string{"xdg/git/config": ada, ".config/git/config": "[user]\nname=No"},
			environment: map[string]string{"XDG_CONFIG_HOME": "~/xdg"},
			want:        "Ada Byron <ada@example.com>",
		},
		"home counts most": {
			files: map[string]string{".gitconfig": "[user]\nname = Ada", ".config/git/config": "[user]\nname = Bob\nemail = shared@example.com", "system": ada},
			want:  "Ada <shared@example.com>",
		},
		"system":            {files: map[string]string{"system": ada, ".gitconfig": "[core]\nbare = false"}, want: "Ada Byron <ada@example.com>"},
		"another global":    {files: map[string]string{"other": ada, ".gitconfig": "[user]\nname = No"}, environment: map[string]string{"GIT_CONFIG_GLOBAL": "~/other"}, want: "Ada Byron <ada@example.com>"},
		"author above user": {files: map[string]string{".gitconfig": ada + "[author]\nname = Ada, writing"}, want: "Ada, writing <ada@example.com>"},
		"environment":       {files: map[string]string{".gitconfig": ada}, environment: map[string]string{"GIT_AUTHOR_NAME": "Bob", "GIT_AUTHOR_EMAIL": "bob@example.com"}, want: "Bob <bob@example.com>"},
		"both":              {files: map[string]string{".gitconfig": ada}, environment: map[string]string{"GIT_AUTHOR_NAME": "Bob"}, want: "Bob <ada@example.com>"},
		"half a person":     {files: map[string]string{".gitconfig": "[user]\nname = Ada"}, want: " <>"},
		"everything twice":  {files: map[string]string{".gitconfig": ada + "[user]\nname = Countess"}, want: "Countess <ada@example.com>"},
	} {
		t.Run(name, func(t *testing.T) {
			at := home(t, c.files)
			for key, value := range c.environment {
				t.Setenv(key, strings.ReplaceAll(value, "~", at))
			}
			got, err := gitrepo.Person()
			if text := got.Name + " <" + got.Email + ">"; err != nil || text != c.want || !got.When.IsZero() {
				t.Errorf("got %+v, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestPersonOfABrokenConfiguration(t *testing.T) {
	at := home(t, map[string]string{".gitconfig": "[user\nname = hunter2"})
	_, err := gitrepo.Person()
	if err == nil || !strings.Contains(err.Error(), filepath.Join(at, ".gitconfig")) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// home makes a home directory in which Git finds these files and no others; the one called system stands for /etc/gitconfig.
func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, file, text)
	}
	for _, key := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"} {
		t.Setenv(key, "") // so that it is put back
		if err := os.Unsetenv(key); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", dir)
	t.Setenv("GIT_CONFIG_SYSTEM", filepath.Join(dir, "system"))
	return dir
}
