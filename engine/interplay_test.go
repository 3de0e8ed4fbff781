package engine_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// TestAPromotionGoesOnOnceGitAnswers: an engine that knows Git from earlier alone
// promotes nothing, and does when it hears that nothing is new.
func TestAPromotionGoesOnOnceGitAnswers(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	o := l.options(l.environments...)
	o.Automation = true
	o.Config.Environments[1].Promote = config.ActManual
	e := l.start(o)
	given := l.give(e, "staging", "1.1.0")
	e.well("staging", given)
	e.well("production", given)

	away := l.remote + ".away"
	l.must(os.Rename(l.remote, away))
	o.Config.Environments[1].Promote = config.ActAuto
	later := l.start(o)
	later.until("it waits for Git", func(s *engine.Snapshot) bool {
		p := s.Environment("production").Pipeline
		return s.Repository.Err != "" && s.Environment("production").Settled && s.Environment("staging").Settled &&
			p.Trouble == "it cannot be read"
	})
	l.must(os.Rename(away, l.remote))
	later.Refresh()
	// Sooner or later something else would wake it, within a minute or an hour.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for s := range later.Subscribe(ctx) {
		if strings.Contains(describe(s), `"promote to production: api: 1.0.0 -> 1.1.0"`) {
			return
		}
	}
	t.Errorf("it is not promoted:\n%s", describe(later.Snapshot()))
}

// TestAHotfixIsNotTakenBack: what a person gave an environment past its source
// stays until the source has something else than what it had before.
func TestAHotfixIsNotTakenBack(t *testing.T) {
	l := newLine(t, [2]string{"staging"}, [2]string{"production", "staging"})
	e := l.run()
	e.do(engine.Request{Action: engine.ActionApprove, Environment: "production", Images: []engine.ImagePick{
		{Object: engine.ID{Group: "apps", Kind: "Deployment", Namespace: l.ns + "-production", Name: "api"}, Tag: "1.1.0"},
	}})
	fix := l.head()
	left := e.pipeline("leaves it", "production", func(p *engine.Pipeline) bool { return len(p.Left) == 1 }).Left[0]
	if !strings.Contains(left.Reason, fix.Hash.Short()) {
		t.Errorf("want the commit that gave it another: %+v", left)
	}
	given := l.give(e, "staging", "1.2.0")
	e.live("production", "1.2.0")
	l.subjects(given, "promote to production: api: 1.1.0 -> 1.2.0")
}
