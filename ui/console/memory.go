package console

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// memory is what the console remembers from one run to the next. Settings are
// written by people; this is written by the console, so it has a file of its own.
type memory struct {
	file string
	// Theme is the one that was picked, over the one that the settings named
	// then: when they name another one now, they have the last word.
	Theme  string `json:"theme,omitempty"`
	Over   string `json:"over,omitempty"`
	Layout shape  `json:"layout,omitempty"`
	// Mouse is what it was switched to, while the settings say the opposite.
	Mouse *bool `json:"mouse,omitempty"`
}

// recall reads what is remembered. A file that cannot be read is one that there
// is not: nothing depends on it.
func recall(dir string) memory {
	k := memory{}
	if dir != "" {
		k.file = filepath.Join(dir, "console.json")
		if data, err := os.ReadFile(k.file); err == nil {
			_ = json.Unmarshal(data, &k)
		}
	}
	switch k.Layout {
	case shapeWide, shapeStandard, shapeSingle:
	default:
		k.Layout = shapeBySize
	}
	return k
}

// mouse tells whether the mouse is followed: as the settings say, unless it was
// switched by key and they have not come to say the same since.
func (k *memory) mouse(settings bool) bool {
	if k.Mouse != nil && *k.Mouse == settings {
		k.Mouse = nil
	}
	return settings != (k.Mouse != nil)
}

// save writes what is remembered, next to its place and then there.
func (k *memory) save() error {
	if k.file == "" {
		return nil
	}
	data, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.file), 0o700); err != nil {
		return err
	}
	unfinished := k.file + ".unfinished"
	if err := os.WriteFile(unfinished, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, k.file)
}

// remember saves, and tells when that does not work: the choice still holds
// until the console ends.
func (m *model) remember() {
	if err := m.known.save(); err != nil {
		m.log("what you chose is forgotten when the console ends: "+err.Error(), true)
	}
}
