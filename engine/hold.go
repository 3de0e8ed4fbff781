package engine

import (
	"bytes"
	"errors"
	"io/fs"

	"github.com/evenkeel/evenkeel/engine/internal/holds"
)

// readHolds reads what Git holds of an environment.
func (d *desired) readHolds(tree fs.FS, environment string) {
	name := holds.File(environment)
	data, err := fs.ReadFile(tree, name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		d.holds, err = holds.Parse(name, data)
	}
	if err != nil {
		d.holdsErr = err.Error()
	}
}

// holdOn is what keeps an image as it is, or nil.
func (d *desired) holdOn(u *use) *Hold {
	if d.holdsErr != "" {
		return &Hold{By: "evenkeel", Reason: "the holds cannot be read, so nothing is changed: " + d.holdsErr}
	}
	if u.rule.Hold != nil {
		return u.lock()
	}
	for _, h := range d.holds {
		if h.Image == holds.Everything || h.Image == u.repository() {
			return holdOf(h)
		}
	}
	return nil
}

func holdOf(h holds.Hold) *Hold {
	shown := &Hold{Image: h.Image, By: h.By, Reason: h.Reason, Since: h.Since}
	if h.Image == holds.Everything {
		shown.Image = ""
	}
	return shown
}

// allHolds are the holds that Git has of an environment, the locks of Flux v1
// among them, one for each image.
func (d *desired) allHolds() []Hold {
	var all []Hold
	for _, h := range d.holds {
		all = append(all, *holdOf(h))
	}
	locked := map[string]bool{}
	for _, u := range d.uses {
		if u.rule.Hold != nil && !locked[u.repository()] {
			locked[u.repository()] = true
			all = append(all, *u.lock())
		}
	}
	return all
}

// lock is the lock of Flux v1 on an image.
func (u *use) lock() *Hold {
	h := u.rule.Hold
	return &Hold{Image: u.repository(), By: h.Who, Reason: h.Why, Annotation: h.From, File: u.locked}
}

// locateLocks finds the files that the locks of Flux v1 stand in. An annotation
// may come from a patch; where several files could have it none is told.
func (d *desired) locateLocks(tree fs.FS) {
	for _, u := range d.uses {
		if u.rule.Hold == nil {
			continue
		}
		key := []byte(u.rule.Hold.From)
		if data, err := fs.ReadFile(tree, u.want.file); err == nil && bytes.Contains(document(data, u.want.line), key) {
			u.locked = u.want.file
			continue
		}
		var others []string
		for _, name := range d.closure {
			if data, err := fs.ReadFile(tree, name); err == nil && name != u.want.file && bytes.Contains(data, key) {
				others = append(others, name)
			}
		}
		if len(others) == 1 {
			u.locked = others[0]
		}
	}
}

// document is the part of a file from a line to the end of the YAML document.
func document(data []byte, line int) []byte {
	for range line - 1 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	part, _, _ := bytes.Cut(data, []byte("\n---"))
	return part
}
