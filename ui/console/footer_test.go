package console

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
)

// TestRepositoryName: enough to tell one repository from another, whatever the
// kind of its URL.
func TestRepositoryName(t *testing.T) {
	for url, want := range map[string]string{
		"ssh://git@git.example.com/acme/config.git": "acme/config",
		"git@git.example.com:acme/config.git":       "acme/config",
		"https://git.example.com/acme/deep/config/": "deep/config",
		"/srv/git/config.git":                       "git/config",
		`C:\git\config.git`:                         "git/config",
		"":                                          "",
		"https://x/\x1b[31mred":                     "x/red",
	} {
		if got := repositoryName(url); got != want {
			t.Errorf("%q is named %q, want %q", url, got, want)
		}
	}
}

// TestHeader: what matters most is told at every width.
func TestHeader(t *testing.T) {
	s := with(shop(), func(s *engine.Snapshot) {
		s.Environments[1] = environment(*s.Environments[1], s.Environments[1].Objects...)
		s.Environments[1].State = engine.StateBlocked
	})
	for _, test := range []struct {
		width int
		words []string
	}{
		{200, []string{"evenkeel", "acme/config", "main", "3f2a91c", "fetched 4s ago", "writer", "1 blocked", "3 differences"}},
		{80, []string{"acme/config", "3f2a91c", "1 blocked", "3 differences"}},
		{40, []string{"acme/config"}},
	} {
		c := opened(t, newScripted(s), test.width, 24, nil)
		line, _, _ := strings.Cut(c.text(), "\n")
		for _, word := range test.words {
			if !strings.Contains(line, word) {
				t.Errorf("in %d columns %q is missing: %s", test.width, word, line)
			}
		}
		c.whole()
	}
}
