package detail

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// environment shows how an environment stands: what should run, what runs, and
// why they differ.
type environment struct {
	*desk
	env *engine.Environment

	overview, deployments, syncs tab
	// These are there only while there is something to tell.
	failure      *examination
	verification *verificationTabs
	proposals    *proposalsTab
}

func newEnvironment(d *desk, env *engine.Environment) *environment {
	s := &environment{desk: d, env: env}
	s.overview = newPageTab("Overview", s.fileName, s.layOverview)
	s.deployments = newDeploymentsTab(s)
	s.syncs = newPageTab("Syncs", s.fileName, s.laySyncs)
	s.failure = newFailureTab(s)
	s.verification = newVerificationTabs(s)
	s.proposals = newProposalsTab(s)
	return s
}

func (s *environment) sort() sort { return anEnvironment }

func (s *environment) tabs() []tab {
	all := []tab{s.overview}
	if s.env.Health == engine.Degraded && s.env.Suffering() != nil {
		all = append(all, s.failure)
	}
	if s.env.Verification != nil {
		all = append(all, s.verification.tabs()...)
	}
	if len(s.env.PullRequests) > 0 {
		all = append(all, s.proposals)
	}
	return append(all, s.deployments, s.syncs)
}

func (s *environment) title() (title, note string) {
	return "Environment " + ui.Clean(s.env.Name), ui.Clean(s.env.Path)
}

func (s *environment) foot(c widget.Canvas) string {
	foot := c.StateStatus(s.env.State).String()
	if s.env.Health != "" {
		foot += "  " + c.HealthStatus(s.env.Health).String()
	}
	return foot
}

func (s *environment) fileName() string { return ui.Clean(s.env.Name) + ".txt" }

// update takes a newer state. What there is nothing to tell of any more rests.
func (s *environment) update(env *engine.Environment) {
	before := s.tabs()
	s.env = env
	s.verification.update()
	now := s.tabs()
	for _, t := range before {
		if !slices.Contains(now, t) {
			t.rest()
		}
	}
	for _, t := range now {
		if old, ok := t.(stale); ok {
			old.stale()
		}
	}
}

func (s *environment) layOverview(p *prose) {
	e, c := s.env, p.c
	standing := []span{shown(c.StateStatus(e.State))}
	if e.Health != "" {
		standing = append(standing, said(themes.Dim, " "+c.Glyphs().Dot+" "), shown(c.HealthStatus(e.Health)))
	}
	p.wrap(0, standing...)
	if e.Message != "" && e.State != engine.StateSuspended && !s.explained() { // which are told below
		role := themes.Text
		if e.State == engine.StateBlocked || e.State == engine.StateUnknown {
			role = themes.Warning
		}
		p.wrap(0, told(role, e.Message))
	}
	s.layFailure(p)
	s.layRunning(p)
	s.laySuspension(p)
	s.layHolds(p)
	p.blank()
	p.fact("objects", s.counts(c)...)
	p.fact("in Git", s.desired(c)...)
	p.fact("applied", s.applied(c)...)
	p.fact("cluster", s.cluster()...)
	if !e.Current {
		p.fact("as of", s.asOf(c)...)
	}
	p.fact("sync", s.policy()...)
	p.fact("images", s.images()...)
	p.fact("changes", s.changes()...)
	if e.RollsBack {
		p.fact("rollback", said(themes.Text, "auto: what makes it Degraded is taken back, and held"))
	}
	p.fact("verified", s.verified(c)...)
	s.layProblems(p)
	s.layPipeline(p)
	s.layDiffering(p)
	s.layWaiting(p)
	if len(e.Syncs) > 0 {
		p.heading("Last sync")
		laySync(p, e.Syncs[0])
	}
}

func (s *environment) layRunning(p *prose) {
	r := s.env.Running
	if r == nil {
		return
	}
	spans := []span{said(themes.Progressing, fmt.Sprintf("%s: %d of %s done", r.Action, r.Done, widget.Count(r.Total, "object")))}
	if r.Failed > 0 {
		spans = append(spans, said(themes.Error, fmt.Sprintf(", %d failed", r.Failed)))
	}
	if r.By != "" {
		spans = append(spans, said(themes.Text, ", by "), told(themes.Author, r.By))
	}
	p.wrap(0, append(spans, said(themes.Age, ", for "+p.c.Age(r.Started)))...)
}

func (s *environment) laySuspension(p *prose) {
	x := s.env.Suspension
	if x == nil {
		return
	}
	spans := []span{said(themes.Suspended, p.c.Glyphs().Suspended+" Suspended"), said(themes.Text, " by "), told(themes.Author, x.By), said(themes.Age, " "+p.c.Age(x.At)+" ago")}
	if x.Reason != "" {
		spans = append(spans, said(themes.Text, ": "), told(themes.Text, x.Reason))
	}
	p.wrap(0, spans...)
	p.wrap(0, s.press(keymap.Suspend, "resumes it")...)
}

// counts are the objects by their drift.
func (s *environment) counts(c widget.Canvas) []span {
	e := s.env
	if len(e.Objects) == 0 {
		return []span{said(themes.Dim, "none are known yet")}
	}
	spans := []span{said(themes.Text, fmt.Sprintf("%d of %d differ", e.Differing(), len(e.Objects)))}
	for _, d := range []engine.Drift{engine.DriftModified, engine.DriftMissing, engine.DriftExtra, engine.DriftPending, engine.DriftSynced} {
		if n := e.Counts[d]; n > 0 {
			spans = append(spans, said(themes.Dim, " "+c.Glyphs().Dot+" "), said(c.DriftStatus(d).Role, fmt.Sprintf("%s"+tied+"%d"+tied+"%s", c.DriftStatus(d).Glyph, n, d)))
		}
	}
	return spans
}

// desired is the revision that should run.
func (s *environment) desired(c widget.Canvas) []span {
	e := s.env
	if e.Revision == "" {
		return []span{said(themes.Dim, "no revision has been read yet")}
	}
	spans := []span{told(themes.Hash, widget.ShortHash(e.Revision)), told(themes.Dim, " "+e.Path)}
	if e.BrokenRevision != "" {
		spans = append(spans, said(themes.Warning, ", the last good one: "), told(themes.Hash, widget.ShortHash(e.BrokenRevision)), said(themes.Warning, " cannot be rendered"))
	}
	return spans
}

// applied is the revision that the cluster took last.
func (s *environment) applied(c widget.Canvas) []span {
	e := s.env
	switch e.AppliedRevision {
	case "":
		return []span{said(themes.Text, "nothing yet, as a whole")}
	case e.Revision:
		return []span{told(themes.Hash, widget.ShortHash(e.AppliedRevision)), said(themes.Dim, ", the same")}
	}
	return []span{told(themes.Hash, widget.ShortHash(e.AppliedRevision)), said(themes.Modified, ", another than in Git")}
}

func (s *environment) cluster() []span {
	e := s.env
	name := e.Context
	if name == "" {
		name = "the current context"
	}
	spans := []span{told(themes.Text, name)}
	if e.Server != "" {
		spans = append(spans, told(themes.Dim, "  "+e.Server))
	}
	if e.Namespace != "" {
		spans = append(spans, told(themes.Dim, "  namespace "+e.Namespace))
	}
	return spans
}

// asOf says how old what is shown is, when the cluster is not being watched.
func (s *environment) asOf(c widget.Canvas) []span {
	if s.env.AsOf.IsZero() {
		return []span{said(themes.Warning, "the cluster has not been read yet")}
	}
	return []span{said(themes.Warning, c.Age(s.env.AsOf)+" ago: the cluster is not being watched")}
}

func (s *environment) policy() []span {
	how := "manual: a person syncs"
	if s.env.Auto {
		how = "auto: what changes in Git is applied, what others change is put right"
	}
	if s.env.Protected {
		how += "; protected: a sync asks for its name"
	}
	return []span{said(themes.Text, how)}
}

// layHolds says whether all images are held, and why.
func (s *environment) layHolds(p *prose) {
	if s.env.HoldsErr != "" {
		p.wrap(0, said(themes.Warning, "The holds cannot be read, so no image is updated: "), told(themes.Warning, s.env.HoldsErr))
	}
	for i := range s.env.Holds {
		if h := &s.env.Holds[i]; h.Image == "" {
			layHold(p, h)
			p.wrap(0, s.press(keymap.HoldAll, "releases them")...)
		}
	}
}

// images says what happens to updates, and how many there are.
func (s *environment) images() []span {
	e := s.env
	pending, held := 0, 0
	for _, i := range e.Images {
		if i.Pending() {
			pending++
		}
		if i.Hold != nil {
			held++
		}
	}
	how := "approve: a person approves updates"
	switch e.ImageMode {
	case engine.ImagesAuto:
		how = "auto: updates are committed as the policies say"
	case engine.ImagesOff:
		how = "off: updates are only shown"
	}
	spans := []span{said(themes.Text, how)}
	if pending > 0 {
		spans = append(spans, said(themes.Modified, "; "+widget.Count(pending, "update")+" pending"))
	}
	if held > 0 {
		spans = append(spans, said(themes.Suspended, fmt.Sprintf("; %d of %d held", held, len(e.Images))))
	}
	return spans
}

// changes says how a commit comes to the branch, where it does not go there at
// once, and how many wait.
func (s *environment) changes() []span {
	if s.env.Changes != engine.ChangePullRequest {
		return nil
	}
	spans := []span{said(themes.Text, "pull-request: a commit waits on a branch of its own until it is merged")}
	if n := openRequests(s.env); n > 0 {
		spans = append(spans, said(themes.Modified, fmt.Sprintf("; %d open", n)))
	}
	return spans
}

func (s *environment) layProblems(p *prose) {
	e := s.env
	if len(e.Problems) == 0 {
		return
	}
	p.heading("What is wrong with " + ui.Clean(widget.ShortHash(e.BrokenRevision)))
	for _, problem := range e.Problems {
		p.flow(said(themes.Error, p.c.Glyphs().Warning), 2, []span{told(themes.Error, problem)})
	}
}

// shownDiffering is how many objects the overview names.
const shownDiffering = 8

// layDiffering names the objects that differ, and who was the last to change them.
func (s *environment) layDiffering(p *prose) {
	n := s.env.Differing()
	if n == 0 {
		return
	}
	p.heading("What differs")
	named := 0
	for _, o := range s.env.Objects {
		if o.Drift == engine.DriftSynced || o.Drift == engine.DriftPending {
			continue
		}
		if named++; named > shownDiffering {
			p.line(0, said(themes.Dim, fmt.Sprintf("%s and %d more", p.c.Glyphs().Gap, n-shownDiffering)))
			break
		}
		spans := []span{shown(p.c.DriftStatus(o.Drift)), said(themes.Strong, "  "+nameOf(o.ID, ""))}
		switch {
		case o.ChangedBy != "":
			spans = append(spans, said(themes.Text, "  by "), told(themes.Author, o.ChangedBy), ago(p.c, o.ChangedAt))
		case o.Message != "":
			spans = append(spans, told(themes.Warning, "  "+o.Message))
		}
		p.line(0, spans...)
	}
}

// layWaiting lists the deletions that a person has to approve.
func (s *environment) layWaiting(p *prose) {
	if len(s.env.Waiting) == 0 {
		return
	}
	p.heading("Deletions that wait for a person")
	for _, w := range s.env.Waiting {
		spans := []span{said(themes.Danger, "DELETE "), said(themes.Strong, nameOf(w.ID, ""))}
		if w.Reason != "" {
			spans = append(spans, told(themes.Warning, "  "+w.Reason))
		}
		p.flow(said(themes.Danger, p.c.Glyphs().Extra), 2, spans)
	}
	p.wrap(0, s.press(keymap.Prune, "opens them for approval")...)
}

func (s *environment) laySyncs(p *prose) {
	if len(s.env.Syncs) == 0 {
		p.wrap(0, said(themes.Text, "No sync is on record in the cluster yet."))
		p.wrap(0, s.press(keymap.Sync, "shows what one would do")...)
		return
	}
	for i, x := range s.env.Syncs {
		if i > 0 {
			p.blank()
		}
		laySync(p, x)
	}
}

// laySync tells how a sync of the record ended.
func laySync(p *prose, x engine.Sync) {
	g := p.c.Glyphs()
	result := said(themes.Success, g.Check+" Succeeded")
	if !x.Succeeded {
		result = said(themes.Error, g.Cross+" Failed")
	}
	spans := []span{result, said(themes.Text, "  "), told(themes.Hash, widget.ShortHash(x.Revision)), said(themes.Age, "  "+p.c.Age(x.Ended)+" ago")}
	if took := x.Ended.Sub(x.Started); took > 0 {
		spans = append(spans, said(themes.Dim, " in "+widget.Span(took)))
	}
	if x.By != "" {
		spans = append(spans, said(themes.Text, "  by "), told(themes.Author, x.By))
	}
	if !x.Whole {
		spans = append(spans, said(themes.Dim, "  a part of it"))
	}
	p.line(0, spans...)
	counts := fmt.Sprintf("%d created, %d changed, %d deleted, %d unchanged", x.Created, x.Changed, x.Deleted, x.Unchanged)
	more := []span{said(themes.Dim, counts)}
	if x.Failed > 0 {
		more = append(more, said(themes.Error, fmt.Sprintf(", %d failed", x.Failed)))
	}
	if x.Corrected > 0 {
		more = append(more, said(themes.Dim, "; "+widget.Count(x.Corrected, "object")+" put right since"))
	}
	if x.Through != "" && x.Through != x.Revision {
		more = append(more, said(themes.Dim, "; the same up to "), told(themes.Hash, widget.ShortHash(x.Through)))
	}
	p.wrap(2, more...)
	if x.Message != "" {
		role := themes.Text
		if !x.Succeeded {
			role = themes.Error
		}
		p.wrap(2, told(role, x.Message))
	}
}
