package engine

import (
	"cmp"
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel/engine/internal/archive"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/registry"
)

// memory is what automation must not do again.
type memory struct {
	made      made
	given     map[madeKey]string
	proposals []proposal
	past      []pastState // the newest first, which is how it stands
	err       error       // why some of it is not known
}

// pastState is an environment as a commit left it.
type pastState struct {
	commit gitrepo.Hash
	at     *archive.Revision
}

// pastStates is how many of them are looked at.
const pastStates = 30

// remembering reads what automation must not do again.
func (e *Engine) remembering(ctx context.Context, p *Plan) memory {
	if !p.automatic {
		return memory{}
	}
	f := p.fabric
	var m memory
	if err := e.ask(ctx, func() { m = memory{made: f.env.made, given: f.env.given, proposals: f.env.proposals} }); err != nil {
		return memory{err: err}
	}
	mirror, err := e.mirror()
	if err != nil {
		return memory{err: err}
	}
	if m.made.head != f.desired.revision || m.made.err != nil {
		m.made = readMade(ctx, mirror, f.env.spec.Name, f.desired.revision, f.env.readsOf(f.desired))
		e.post(func() { f.env.made = m.made })
	}
	if m.err = m.made.err; m.err == nil {
		m.past, m.err = e.pastOf(ctx, mirror, f)
	}
	return m
}

// pastOf renders an environment as its newest commits left it.
func (e *Engine) pastOf(ctx context.Context, m *gitrepo.Mirror, f *fabric) ([]pastState, error) {
	page, err := m.History(ctx, gitrepo.HistoryOptions{From: f.desired.revision, Paths: f.env.readsOf(f.desired), Limit: pastStates})
	if err != nil {
		return nil, err
	}
	start := e.recall(f, m)
	flights := make([]*archive.Flight, len(page.Commits))
	for i, c := range page.Commits {
		flights[i] = start(c)
	}
	past := make([]pastState, len(page.Commits))
	for i, flight := range flights {
		past[i].commit = page.Commits[i].Hash
		if past[i].at, err = await(ctx, flight); err != nil {
			return nil, err
		}
	}
	return past, nil
}

// refrains says why automation leaves an image alone that a person may promote,
// or "".
func (m memory) refrains(s *sourceState, u *use, to registry.Reference) string {
	if h := s.holdOn(u); h != nil {
		return "held in " + s.name + h.text()
	}
	if m.err != nil {
		return fmt.Sprintf("whether somebody took %s back is not known: %v", tagOf(to), m.err)
	}
	key := u.given(to.Tag)
	if own, other := asked(m.proposals, key, ActionPromote); own == nil && other != nil {
		if other.waits() {
			return "it waits in " + other.name()
		}
		return fmt.Sprintf("somebody has closed %s, which asked for it", other.name())
	}
	if commit := cmp.Or(m.made.by(key), m.given[key]); commit != "" && u.ref.Tag != to.Tag {
		return fmt.Sprintf("it was given %s by %.7s, and somebody took it back", to.Tag, commit)
	}
	// Whoever gave it another knew what the source had: it may be a hotfix.
	if commit := m.left(u, to); commit != "" {
		return fmt.Sprintf("it had %s until %s gave it another", tagOf(to), commit.Short())
	}
	return ""
}

// left is the commit with which an environment went on from an image that it had,
// or "".
func (m memory) left(u *use, image registry.Reference) gitrepo.Hash {
	for i := 1; i < len(m.past); i++ {
		had, err := registry.ParseReference(imagesIn(m.past[i].at.Object(u.object))[u.container])
		if err == nil && had.Repository == image.Repository && had.Tag == image.Tag && (image.Digest == "" || had.Digest == image.Digest) {
			return m.past[i-1].commit
		}
	}
	return ""
}
