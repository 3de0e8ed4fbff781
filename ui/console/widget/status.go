package widget

import (
	"fmt"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui"
)

// Status is a state as it is shown: always a glyph and a word.
type Status struct {
	Glyph string
	Word  string
	Role  themes.Role
}

// String is the glyph and the word.
func (s Status) String() string { return s.Glyph + " " + s.Word }

// DriftStatus shows the drift of an object.
func (c Canvas) DriftStatus(d engine.Drift) Status {
	g := c.Glyphs()
	switch d {
	case engine.DriftSynced:
		return Status{g.Synced, string(d), themes.Synced}
	case engine.DriftModified:
		return Status{g.Modified, string(d), themes.Modified}
	case engine.DriftMissing:
		return Status{g.Missing, string(d), themes.Missing}
	case engine.DriftExtra:
		return Status{g.Extra, string(d), themes.Extra}
	}
	return Status{g.Pending, string(engine.DriftPending), themes.Pending}
}

// OperationStatus shows what a plan does to an object.
func (c Canvas) OperationStatus(op engine.Operation) Status {
	g := c.Glyphs()
	switch op {
	case engine.Create:
		return Status{g.Missing, string(op), themes.Missing}
	case engine.Delete:
		return Status{g.Extra, string(op), themes.Danger}
	}
	return Status{g.Modified, string(op), themes.Modified}
}

// StateStatus shows the sync state of an environment.
func (c Canvas) StateStatus(s engine.SyncState) Status {
	g := c.Glyphs()
	switch s {
	case engine.StateSynced:
		return Status{g.Synced, string(s), themes.Synced}
	case engine.StateOutOfSync:
		return Status{g.Modified, string(s), themes.Modified}
	case engine.StateSyncing:
		return Status{g.Progressing, string(s), themes.Progressing}
	case engine.StateSuspended:
		return Status{g.Suspended, string(s), themes.Suspended}
	case engine.StateBlocked:
		return Status{g.Warning, string(s), themes.Warning}
	}
	return Status{g.Unknown, string(engine.StateUnknown), themes.Unknown}
}

// ImageStatus shows how far an image is on its way into the cluster.
func (c Canvas) ImageStatus(s engine.ImageState) Status {
	g := c.Glyphs()
	switch s {
	case engine.ImageCommitting, engine.ImageRollingOut:
		return Status{g.Progressing, string(s), themes.Progressing}
	case engine.ImageHeld:
		return Status{g.Suspended, string(s), themes.Suspended}
	case engine.ImagePending:
		return Status{g.Newer, string(s), themes.Modified}
	case engine.ImageApproved:
		return Status{g.Modified, string(s), themes.Modified}
	case engine.ImageFailed:
		return Status{g.Degraded, string(s), themes.Degraded}
	case engine.ImageLive:
		return Status{g.Synced, string(s), themes.Synced}
	}
	return Status{g.Unknown, string(engine.ImageUnknown), themes.Unknown}
}

// HealthStatus shows the health of an object or an environment; of what is not
// live there is none.
func (c Canvas) HealthStatus(h engine.Health) Status {
	g := c.Glyphs()
	switch h {
	case engine.Healthy:
		return Status{g.Healthy, string(h), themes.Healthy}
	case engine.Progressing:
		return Status{g.Progressing, string(h), themes.Progressing}
	case engine.Degraded:
		return Status{g.Degraded, string(h), themes.Degraded}
	case engine.Suspended:
		return Status{g.Suspended, string(h), themes.Suspended}
	case engine.Missing:
		return Status{g.Warning, string(h), themes.Missing}
	case "":
		return Status{g.None, "", themes.Dim}
	}
	return Status{g.Unknown, string(engine.Unknown), themes.Unknown}
}

// GateStatus shows how a gate stands.
func (c Canvas) GateStatus(gate *engine.Gate) Status {
	g := c.Glyphs()
	switch {
	case gate.Met:
		return Status{g.Check, "met", themes.Success}
	case gate.Overridden:
		return Status{g.Warning, "overridden", themes.Warning}
	}
	return Status{g.Cross, "not met", themes.Error}
}

// MetAt says when a gate will be met; "" when it is, or that is not known.
func (c Canvas) MetAt(g *engine.Gate) string {
	if g.Met || g.MetAt.IsZero() {
		return ""
	}
	return fmt.Sprintf("met from %s, in %s", g.MetAt.Local().Format("2006-01-02 15:04"), Span(g.MetAt.Sub(c.Now)))
}

// VerificationStatus shows how a verification went.
func (c Canvas) VerificationStatus(s engine.VerificationState) Status {
	g := c.Glyphs()
	switch s {
	case engine.VerificationPending:
		return Status{g.Pending, string(s), themes.Pending}
	case engine.VerificationRunning:
		return Status{g.Progressing, string(s), themes.Progressing}
	case engine.VerificationSucceeded:
		return Status{g.Check, string(s), themes.Success}
	case engine.VerificationFailed:
		return Status{g.Cross, string(s), themes.Error}
	}
	return Status{g.Unknown, string(engine.VerificationUnknown), themes.Unknown}
}

// PullRequestStatus shows what became of a pull request.
func (c Canvas) PullRequestStatus(s engine.PullRequestState) Status {
	g := c.Glyphs()
	switch s {
	case engine.PullRequestOpen:
		return Status{g.Newer, string(s), themes.Modified}
	case engine.PullRequestMerged:
		return Status{g.Check, string(s), themes.Success}
	case engine.PullRequestClosed:
		return Status{g.Cross, string(s), themes.Dim}
	case engine.PullRequestBranch:
		return Status{g.Newer, "Branch pushed", themes.Modified}
	}
	return Status{g.Unknown, string(engine.PullRequestUnknown), themes.Unknown}
}

// Waits tells whether a pull request can still be merged.
func Waits(r *engine.PullRequest) bool {
	return r.State != engine.PullRequestMerged && r.State != engine.PullRequestClosed
}

// Age tells how long ago something was, in one unit: 5s, 12m, 3h, 4d, 2y.
func (c Canvas) Age(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return Span(c.Now.Sub(at))
}

// Span tells a duration in one unit.
func Span(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d < 2*365*24*time.Hour:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
	return fmt.Sprintf("%dy", int(d.Hours()/24/365))
}

// Count writes a number with its noun.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// ShortHash is as much of a commit's hash as people use. What a cluster's record
// calls a hash may be anything.
func ShortHash(hash string) string {
	hash = ui.Clean(hash)
	if Width(hash) != len(hash) {
		return ansi.Truncate(hash, shortHash, "")
	}
	return hash[:min(len(hash), shortHash)]
}

const shortHash = 7
