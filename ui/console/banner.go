package console

import (
	"fmt"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// failing is the environment whose rollout has failed, the chosen one before
// others; nil when none has.
func (m *model) failing() (*engine.Environment, *engine.Failure) {
	if m.snapshot == nil {
		return nil, nil
	}
	if env := m.environment(); env != nil {
		if f := env.Failure(); f != nil {
			return env, f
		}
	}
	for _, env := range m.snapshot.Environments {
		if f := env.Failure(); f != nil {
			return env, f
		}
	}
	return nil, nil
}

// The sizes of the banner.
const (
	bannerHeight = 8  // of the screen, to have one
	bannerTall   = 16 // to have two lines of it
)

// banner says at the top, whatever else is shown, that a rollout has failed, why,
// and which keys help: on one line where it fits, and else on two. There is none
// when no rollout has failed.
func (m *model) banner(c widget.Canvas) []string {
	env, f := m.failing()
	if env == nil || c.Height < bannerHeight {
		return nil
	}
	name, at := ui.Clean(env.Name)+" is Degraded", " with "+widget.ShortHash(f.Revision)
	heads := []string{name + at + ", deployed " + c.Age(f.Deployed) + " ago", name + at, name}
	full, brief := m.bannerKeys(env, f)
	why := ""
	if o := env.Suffering(); o != nil {
		why = ui.Clean(o.Kind + " " + o.Name)
		if o.Message != "" {
			why += ": " + ui.Clean(o.Message)
		}
	}
	const margins = 6 // the mark, and what is free before the keys and at the end
	if whole := heads[0] + ": " + why; why != "" && widget.Width(whole)+offersWidth(full)+margins <= c.Width {
		return []string{bannerLine(c, whole, full)}
	}
	head, keys := heads[len(heads)-1], brief
	for _, try := range []struct {
		head string
		keys []bannerKey
	}{{heads[0], full}, {heads[1], full}, {heads[1], brief}} {
		if widget.Width(try.head)+offersWidth(try.keys)+margins <= c.Width {
			head, keys = try.head, try.keys
			break
		}
	}
	if why == "" || c.Height >= bannerTall {
		lines := []string{bannerLine(c, head, keys)}
		if why != "" {
			lines = append(lines, c.Row(themes.Alarm).Gap(3).Add(themes.Error, c.Fit(why, c.Width-4)).String())
		}
		return lines
	}
	return []string{bannerLine(c, head+": "+why, keys)}
}

// bannerKey is a key with what it does.
type bannerKey struct{ key, does string }

func offersWidth(keys []bannerKey) int {
	w := 0
	for _, k := range keys {
		w += widget.Width(k.key) + 1 + widget.Width(k.does) + 2
	}
	return w
}

// bannerKeys are the keys that help, in many words and in few.
func (m *model) bannerKeys(env *engine.Environment, f *engine.Failure) (full, brief []bannerKey) {
	back, why := m.keys.Key(keymap.Rollback), m.keys.Key(keymap.Failure)
	switch {
	case env.Running != nil:
		full = append(full, bannerKey{"", fmt.Sprintf("%s: %d of %d done", env.Running.Action, env.Running.Done, env.Running.Total)})
	case env.RollsBack && m.snapshot.Automation && f.Back != "":
		full = append(full, bannerKey{"", "evenkeel rolls it back"})
	case env != m.environment(): // the key is about the chosen one
	case f.Back != "" && back != "" && !m.readOnly:
		full = append(full, bannerKey{back, "rolls back to " + widget.ShortHash(f.Back)})
		brief = append(brief, bannerKey{back, "back"})
	}
	if why != "" {
		full = append(full, bannerKey{why, "shows why"})
		brief = append(brief, bannerKey{why, "why"})
	}
	return full, brief
}

func bannerLine(c widget.Canvas, text string, keys []bannerKey) string {
	row := c.Row(themes.Alarm).Gap(1).Add(themes.Degraded, c.Glyphs().Degraded).Gap(1)
	row.Fit(themes.Error, text, max(0, row.Room()-offersWidth(keys)-1)).Gap(min(1, row.Room()))
	for _, k := range keys {
		row.Add(themes.Key, k.key).Gap(1).Add(themes.Hint, k.does).Gap(2)
	}
	return row.String()
}
