package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// signOff is what the commit of somebody who agrees says that it does.
const signOff = "sign-off"

// agreement is who has agreed to a change, as far as the history of a revision
// says.
type agreement struct {
	// change names what was agreed to, and nothing else: the environment, each
	// image from where to where, each file by its content. It is empty where nobody
	// has to agree.
	change  string
	signOff []SignOff // one of each person, the oldest first
	others  int       // sign-offs of other changes
	// before counts those that are older than the newest commit that changed the
	// environment, which is since.
	before int
	since  gitrepo.Hash
}

// maySignOff says why a request to agree is not one.
func (p *Plan) maySignOff() error {
	env := p.fabric.env.spec
	switch {
	case !p.SignOff:
		return nil
	case p.Action != ActionPromote && p.Action != ActionApprove:
		return fmt.Errorf("nobody has to agree to %s: only promotions and approvals are signed off", p.Action)
	case env.Changes == ChangePullRequest:
		return fmt.Errorf("changes of %s wait in pull requests: agree by a review there", env.Name)
	case env.Gates.Approvals == 0:
		return fmt.Errorf("%w: nobody has to agree to changes of %s: gates.approvals in evenkeel.yaml would ask for it", ErrNothing, env.Name)
	case p.Hold:
		return errors.New("who agrees holds nothing: a hold is for whoever makes the change")
	}
	return nil
}

// approvals is how many people have to agree to a plan. Where commits wait in
// pull requests, it is the forge that asks for reviews.
func (p *Plan) approvals() int {
	env := p.fabric.env.spec
	switch p.Action {
	case ActionApprove, ActionUpdate, ActionPromote:
		if env.Changes != ChangePullRequest {
			return env.Gates.Approvals
		}
	}
	return 0
}

// actionName is what the commit says that it does.
func (c *composition) actionName() string {
	if c.plan.SignOff {
		return signOff
	}
	return string(c.plan.Action)
}

// agree finds out who has agreed to just what the composition changes.
func (c *composition) agree(ctx context.Context) error {
	if c.plan.approvals() == 0 || len(c.orders)+len(c.copied) == 0 {
		return nil
	}
	var err error
	c.draft.agreed, err = readAgreement(ctx, c.mirror, c.env.spec.Name, c.change(), c.base, c.env.readsOf(c.before))
	return err
}

// change names what the composition changes.
func (c *composition) change() string {
	var lines []string
	for _, o := range c.orders {
		u := o.update()
		lines = append(lines, fmt.Sprintf("image %s: %s %s -> %s", o.text(), u.Repository, u.From, u.To))
	}
	for _, f := range c.copied {
		lines = append(lines, fmt.Sprintf("file %s: %s -> %s", f.to, f.was, f.is))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(c.env.spec.Name + "\n" + strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}

// readAgreement reads who has agreed to a change, from a revision back to the
// newest commit that changed the environment: what was agreed to before that was
// another environment. It reads on to the one before that, to tell whose word is
// of no use any more. Paths are what the environment reads.
func readAgreement(ctx context.Context, m *gitrepo.Mirror, environment, change string, base gitrepo.Hash, paths []string) (agreement, error) {
	a := agreement{change: change}
	changes, err := m.History(ctx, gitrepo.HistoryOptions{From: base, Paths: paths, Limit: 2})
	if err != nil {
		return a, fmt.Errorf("look for what changed %s last: %w", environment, err)
	}
	changed := changes.Commits
	done := "" // what the newest change was, if people had to agree to it
	seen := map[string]bool{}
	o := gitrepo.HistoryOptions{From: base, Limit: 100}
	for read := 0; read < searchedCommits; read += o.Limit {
		page, err := m.History(ctx, o)
		if err != nil {
			return a, fmt.Errorf("look for who has agreed: %w", err)
		}
		for _, c := range page.Commits {
			if len(changed) > 0 && c.Hash == changed[0].Hash {
				a.since, done = c.Hash, trailerOf(c, trailerChange)
				continue
			}
			if len(changed) > 1 && c.Hash == changed[1].Hash {
				return a, nil
			}
			who := personOf(c.Author)
			if trailerOf(c, trailerAction) != signOff || trailerOf(c, trailerEnvironment) != environment || who == "" {
				continue
			}
			switch of := trailerOf(c, trailerChange); {
			case a.since != "" && of != done:
				a.before++
			case a.since != "":
			case of != change:
				a.others++
			case !seen[who]:
				seen[who] = true
				s := SignOff{Name: c.Author.Name, Email: c.Author.Email, At: c.Author.When, Commit: string(c.Hash)}
				a.signOff = slices.Insert(a.signOff, 0, s)
			}
		}
		if o.After = page.Next; o.After == "" {
			break
		}
	}
	return a, nil
}

// personOf tells people apart, by their addresses. What automation commits is
// nobody's.
func personOf(s gitrepo.Signature) string {
	who := strings.ToLower(strings.TrimSpace(s.Email))
	if who == automationEmail {
		return ""
	}
	return who
}

// besides are the sign-offs of others than the author.
func (a agreement) besides(author gitrepo.Signature) []SignOff {
	who := personOf(author)
	return slices.DeleteFunc(slices.Clone(a.signOff), func(s SignOff) bool { return strings.EqualFold(s.Email, who) })
}

// of finds the sign-off of a person.
func (a agreement) of(person gitrepo.Signature) *SignOff {
	who := personOf(person)
	i := slices.IndexFunc(a.signOff, func(s SignOff) bool { return strings.EqualFold(s.Email, who) })
	if i < 0 {
		return nil
	}
	return &a.signOff[i]
}

// names are the people who want the change: its author, and who agreed.
func (a agreement) names(author gitrepo.Signature) []string {
	var names []string
	if personOf(author) != "" {
		names = append(names, author.Name)
	}
	for _, s := range a.besides(author) {
		names = append(names, s.Name)
	}
	return names
}

// gate tells whether as many people want the change as have to.
func (a agreement) gate(author gitrepo.Signature, needed int) Gate {
	names := a.names(author)
	g := Gate{Name: GateApproved, Met: len(names) >= needed, Reason: fmt.Sprintf("%d of %d", len(names), needed)}
	if len(names) > 0 {
		g.Reason += ": " + join(names)
	}
	switch missing := needed - len(names); {
	case missing == 1:
		g.Reason += "; one more has to agree"
	case missing > 1:
		g.Reason += fmt.Sprintf("; %d more have to agree", missing)
	}
	if g.Met {
		return g
	}
	if a.others > 0 {
		g.Reason += fmt.Sprintf("; %s for other tags or files", wereOf(a.others))
	}
	if a.before > 0 {
		g.Reason += fmt.Sprintf("; %s made before %s changed the environment", wereOf(a.before), a.since.Short())
	}
	return g
}

func wereOf(n int) string {
	if n == 1 {
		return "1 sign-off was"
	}
	return fmt.Sprintf("%d sign-offs were", n)
}

// agreed takes in who has agreed to what a plan changes.
func (e *Engine) agreed(p *Plan, d *draft) error {
	p.fabric.agreed = d.agreed
	if d.agreed.change == "" {
		return nil
	}
	p.SignOffs = d.agreed.signOff
	author := e.author(p)
	if !p.SignOff {
		p.Gates = append(p.Gates, d.agreed.gate(author, p.approvals()))
		return nil
	}
	if personOf(author) == "" {
		return errors.New("who agrees is told by an e-mail address: set author in settings.yaml, or Git's user.email")
	}
	if s := d.agreed.of(author); s != nil {
		return fmt.Errorf("%w: %s has agreed to it already, by %.7s of %s", ErrNothing, s.Name, s.Commit, s.At.Local().Format("2006-01-02 15:04"))
	}
	return nil
}

// stillAgreed makes sure, on a head that may have moved, that enough people want
// just this change, or that somebody agrees to what was shown.
func (e *Engine) stillAgreed(p *Plan, d *draft) error {
	planned := p.fabric.agreed
	if planned.change == "" {
		return nil
	}
	if p.SignOff && d.agreed.change != planned.change {
		return fmt.Errorf("%w: it would be another change by now than the one to agree to", ErrStale)
	}
	if g := d.agreed.gate(e.author(p), p.approvals()); !p.SignOff && !g.Met {
		return fmt.Errorf("%w: it is not agreed to any more: %s", ErrStale, g.Reason)
	}
	return nil
}
