package console

import (
	"path/filepath"

	"github.com/evenkeel/evenkeel/themes"
)

// themeDir is where the person's own themes lie; empty when there is no place.
func (m *model) themeDir() string {
	if m.opts.Dir == "" {
		return ""
	}
	return filepath.Join(m.opts.Dir, "themes")
}

func (m *model) themeOptions() themes.Options {
	return themes.Options{Colors: themes.Detect(m.opts.Getenv), ASCII: m.opts.ASCII}
}

// firstTheme is the theme to begin with: the one that was picked, unless the
// settings have named another one since. One that cannot be loaded is told, and
// the default takes its place.
func (m *model) firstTheme(wrong []string) (*themes.Theme, []string) {
	name := m.opts.Settings.Theme
	if m.known.Theme != "" && m.known.Over == name {
		name = m.known.Theme
	}
	if name == "" {
		return themes.Default(m.themeOptions()), wrong
	}
	t, err := themes.Load(m.themeDir(), name, m.themeOptions())
	if err != nil {
		return themes.Default(m.themeOptions()), append(wrong, err.Error())
	}
	return t, wrong
}

// pickTheme remembers a theme.
func (m *model) pickTheme(name string) {
	m.known.Theme, m.known.Over = name, m.opts.Settings.Theme
	m.remember()
}
