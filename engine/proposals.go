package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/gitrepo/forge"
)

// proposals are the changes that wait for being merged, and who knows of them.
type proposals struct {
	forge *forge.Forge  // nil when none is known
	again chan struct{} // holds a token when it is to be looked at now

	// branches are those that were there at the last fetch, and looked tells
	// whether what became of them is known.
	branches map[string]gitrepo.Hash
	looked   bool
}

// proposal is a pull request as the engine needs it.
type proposal struct {
	PullRequest
	gives []madeKey
}

// waits tells whether it can still be merged.
func (r *PullRequest) waits() bool {
	return r.State != PullRequestMerged && r.State != PullRequestClosed
}

// ofAutomation tells whether evenkeel has asked by itself, and for that.
func (r *PullRequest) ofAutomation(action Action) bool {
	return r.Action == action && strings.HasSuffix(r.Author, "<"+automationEmail+">")
}

const (
	// endedShown is how many requests that ended are shown of an environment.
	endedShown = 5
	// endedKept is how many are remembered: what somebody has closed is not to be
	// asked for again.
	endedKept = 100
)

// newProposals finds the forge of the config repository, if any environment
// needs one.
func newProposals(o Options) (proposals, error) {
	p := proposals{again: make(chan struct{}, 1)}
	needed := false
	for _, spec := range o.Config.Environments {
		needed = needed || spec.Changes == ChangePullRequest
	}
	if !needed {
		return p, nil
	}
	repository := o.Config.Repository
	tokens := map[string]string{}
	for host, login := range o.Forges {
		tokens[host] = login.Password
	}
	var err error
	p.forge, err = forge.New(forge.Options{
		Repository: repository.URL, Kind: forge.Kind(repository.Forge), URL: repository.ForgeURL, Tokens: tokens, Version: o.Version,
	})
	if err != nil {
		return p, fmt.Errorf("pull requests cannot be opened: %w", err)
	}
	return p, nil
}

// proposes tells whether changes of an environment wait for being merged.
func (env *environment) proposes() bool { return env.spec.Changes == ChangePullRequest }

// poke asks for a look now; it never blocks.
func (p *proposals) poke() {
	select {
	case p.again <- struct{}{}:
	default:
	}
}

// listed takes in which branches a fetch told of. The forge is asked only when
// they are others than before, or something waits.
func (e *Engine) listed(m *gitrepo.Mirror, moved bool) {
	if !slices.ContainsFunc(e.envs, (*environment).proposes) {
		return
	}
	found := map[string]gitrepo.Hash{}
	for name, head := range m.Branches() {
		environment, _, ok := parseBranch(name)
		if env, err := e.find(environment); ok && err == nil && env.proposes() {
			found[name] = head
		}
	}
	p := &e.proposals
	news := !maps.Equal(found, p.branches)
	p.branches = found
	for _, env := range e.envs {
		for i := range env.proposals {
			r := &env.proposals[i]
			_, there := found[r.Branch]
			news = news || r.waits() && (p.forge != nil || moved || !there)
		}
	}
	if news {
		p.poke()
	} else if !p.looked {
		e.proposalsKnown()
	}
}

// proposalsKnown notes that all that can be known of them is.
func (e *Engine) proposalsKnown() {
	e.proposals.looked = true
	for _, env := range e.envs {
		if env.proposes() {
			e.changed(env)
		}
	}
}

// allShown tells whether all that a reader wants to know of an environment is
// known.
func (e *Engine) allShown(env *environment) bool {
	return e.settled(env) && (!env.proposes() || e.proposals.looked || e.repo.err != "")
}

// takeProposals takes in what was found out.
func (e *Engine) takeProposals(found []proposal) {
	for _, r := range found {
		if env, err := e.find(r.Environment); err == nil {
			e.takeProposal(env, r)
		}
	}
	if !e.proposals.looked {
		e.proposalsKnown()
	}
}

// takeProposal takes in how a request stands. One without a state was none.
func (e *Engine) takeProposal(env *environment, r proposal) {
	all := slices.Clone(env.proposals)
	i := slices.IndexFunc(all, func(old proposal) bool { return old.Branch == r.Branch && (old.Number == r.Number || old.Number == 0) })
	switch {
	case i < 0 && r.State == "":
		return
	case i < 0:
		all = append(all, r)
	case r.State == "":
		all = slices.Delete(all, i, i+1)
	default:
		e.tellProposal(env, &all[i].PullRequest, &r.PullRequest)
		all[i] = r
	}
	slices.SortStableFunc(all, func(a, b proposal) int { return b.Created.Compare(a.Created) })
	ended := 0
	env.proposals = slices.DeleteFunc(all, func(r proposal) bool {
		if !r.waits() {
			ended++
		}
		return ended > endedKept && !r.waits()
	})
	e.changed(env)
}

// tellProposal notes what became of a request.
func (e *Engine) tellProposal(env *environment, before, now *PullRequest) {
	switch {
	case before.State == now.State && before.Reason == now.Reason, !before.waits():
	case now.State == PullRequestMerged:
		e.note(env.spec.Name, false, "%s was merged: %s", now.name(), now.Title)
	case now.State == PullRequestClosed && now.Reason != "":
		e.note(env.spec.Name, false, "%s was closed: %s", now.name(), now.Reason)
	case now.State == PullRequestClosed:
		e.note(env.spec.Name, false, "%s was closed without being merged: %s", now.name(), now.Title)
	case now.Reason != "":
		e.note(env.spec.Name, true, "%s: %s", now.name(), now.Reason)
	}
}

// name is what people call it.
func (r *PullRequest) name() string {
	if r.Number == 0 {
		return "branch " + r.Branch
	}
	return fmt.Sprintf("pull request #%d", r.Number)
}

// proposed takes in that a plan's commit waits for being merged.
func (e *Engine) proposed(p *Plan, o *Outcome) {
	env, r := p.fabric.env, o.PullRequest
	e.takeProposal(env, proposal{PullRequest: *r, gives: p.gives()})
	switch {
	case o.Err != "":
		if !p.byItself() { // automation tells by itself
			e.note(env.spec.Name, true, "%s", o.Err)
		}
	case !r.waits():
		e.note(env.spec.Name, false, "%s was closed: what it asked for is not asked for again", r.name())
	case o.Note != "":
		e.note(env.spec.Name, false, "%s", strings.TrimSuffix(o.Note+": "+r.URL, ": "))
	case r.Number == 0:
		e.note(env.spec.Name, false, "pushed the branch %s for %s: open a pull request, or merge it", r.Branch, env.spec.Name)
	default:
		e.note(env.spec.Name, false, "opened pull request #%d for %s: %s", r.Number, env.spec.Name, r.URL)
	}
}

// presentProposals makes the requests as readers see them.
func (env *environment) presentProposals() []PullRequest {
	var shown []PullRequest
	ended := 0
	for _, r := range env.proposals {
		if !r.waits() {
			ended++
		}
		if r.waits() || ended <= endedShown {
			shown = append(shown, r.PullRequest)
		}
	}
	return shown
}

// givesTo tells whether a request gives an image a tag.
func (r *proposal) givesTo(key madeKey) bool { return slices.Contains(r.gives, key) }

// waitsIn says in which request an image waits for the newest allowed tag, or "".
func (env *environment) waitsIn(u *use) string {
	if len(env.proposals) == 0 {
		return ""
	}
	key := u.given(env.verdicts[u].allowed)
	for i := range env.proposals {
		if r := &env.proposals[i]; r.waits() && r.givesTo(key) {
			return "waits in " + r.name()
		}
	}
	return ""
}

// asked finds in which requests an image is given a tag: one that automation has
// made for such an action and that waits, and one that it leaves alone, as it is a
// person's, or was closed. Either may be nil.
func asked(proposals []proposal, key madeKey, action Action) (own, other *proposal) {
	for i := range proposals {
		switch r := &proposals[i]; {
		case !r.givesTo(key) || r.State == PullRequestMerged:
		case r.waits() && r.ofAutomation(action):
			own = r
		case other == nil:
			other = r
		}
	}
	return own, other
}

// asksAlready tells whether automation has made a request for such an action, and
// it waits.
func (env *environment) asksAlready(action Action) bool {
	return slices.ContainsFunc(env.proposals, func(r proposal) bool { return r.waits() && r.ofAutomation(action) })
}

// unproposed narrows what automation would update to what it should ask for. Once
// there is something new, one request takes the place of those that it has made
// before. What waits in a person's request, or in one that somebody has closed, is
// left alone.
func (e *Engine) unproposed(env *environment, due []*use) []*use {
	if !env.proposes() {
		return due
	}
	if !e.proposals.looked {
		return nil
	}
	news := false
	var asks []*use
	for _, u := range due {
		if own, other := asked(env.proposals, u.given(env.verdicts[u].allowed), ActionUpdate); own != nil || other == nil {
			asks = append(asks, u)
			news = news || own == nil
		}
	}
	if !news || env.asksAlready(ActionUpdate) && e.proposals.forge == nil {
		return nil // without a forge nothing can take the place of a branch
	}
	return asks
}
