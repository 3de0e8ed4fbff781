package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
)

func TestMarkdown(t *testing.T) {
	plan := thePromotion()
	plan.Changes = append(plan.Changes,
		engine.Change{Environment: "canary", ID: plainKind("ConfigMap", "old"), Operation: engine.Delete},
		engine.Change{Environment: "canary", ID: plainKind("Secret", "keys"), Operation: engine.Update, Refused: true, Reason: "quota exceeded", Fields: []engine.FieldChange{
			{Field: drift.Field{Path: "data[token]", Op: drift.Change, Masked: true, Desired: "hunter2", Live: "hunter1"}},
		}},
		engine.Change{Environment: "canary", ID: plainKind("Service", "new"), Operation: engine.Create, File: "base/new.yaml", Line: 1},
	)
	plan.Shared = []engine.SharedFile{{Path: "base/kustomization.yaml", Environments: []string{"canary", "staging"}}}
	// How old an image is depends on the day.
	plan.Updates[0].Built, plan.Updates[0].Ran, plan.Left[0].Ran = before(0), nil, nil
	text := Markdown(plan)
	if strings.Contains(text, "hunter") {
		t.Error("a secret is told")
	}
	i := strings.Index(text, ", built ")
	j := i + strings.IndexByte(text[i:], '\n')
	golden(t, "promote.md", []byte(text[:i]+text[j:]))
}

// TestMarkdownIsNothingButText: whatever a name, a reason or a value says, it
// mentions nobody, commands nothing, and ends no span before its end.
func TestMarkdownIsNothingButText(t *testing.T) {
	for _, hostile := range []string{
		"@everyone", "fixes #1", "`@everyone`", "``` @everyone", "a`@everyone`b``@all", "x\n/close\n/merge", "x\r/close", "</details><script>", "![x](https://evil.dev/x.png)",
		"[x](https://evil.dev)", "\x1b]8;;https://evil.dev\a", "| a | b |", "- [ ] tick", "# heading", "&#64;everyone", "`", "``", " ` ", "\u202e@everyone", "https://evil.dev", "<!--", "~~~",
	} {
		plan := thePromotion()
		plan.Reason, plan.Source = hostile, hostile
		plan.Updates[0].Reason, plan.Updates[0].Source, plan.Updates[0].To, plan.Updates[0].Repository, plan.Updates[0].Container = hostile, hostile, hostile, hostile, hostile
		plan.Updates[0].Differs, plan.Updates[0].Object.Name = []string{hostile}, hostile
		plan.Changes[0].Fields[0].Path, plan.Changes[0].Fields[0].Desired, plan.Changes[0].File = hostile, hostile, hostile
		plan.Changes[1].Refused, plan.Changes[1].Reason = true, hostile
		plan.Commit.Files[0].Path = hostile
		plan.Gates[0].Reason, plan.Gates[1].Reason = hostile, hostile
		plan.Shared = []engine.SharedFile{{Path: hostile, Environments: []string{hostile}}}
		for _, line := range strings.Split(Markdown(plan), "\n") {
			outside, closed := withoutCode(line)
			if !closed {
				t.Errorf("%q: a span never ends: %s", hostile, line)
			}
			if strings.ContainsAny(outside, "@<>[]|/\x1b\u202e&!") || strings.Contains(outside, "evil") || strings.Contains(strings.TrimLeft(outside, "# "), "#") {
				t.Errorf("%q is read as Markdown: %s", hostile, line)
			}
		}
	}
}

// withoutCode takes the code spans out of a line, as CommonMark finds them.
func withoutCode(line string) (outside string, closed bool) {
	for {
		begin := strings.IndexByte(line, '`')
		if begin < 0 {
			return outside + line, true
		}
		outside += line[:begin]
		line = line[begin:]
		n := len(line) - len(strings.TrimLeft(line, "`"))
		line = line[n:]
		for {
			end := strings.IndexByte(line, '`')
			if end < 0 {
				return outside, false
			}
			line = line[end:]
			run := len(line) - len(strings.TrimLeft(line, "`"))
			if line = line[run:]; run == n {
				break
			}
		}
	}
}

func TestMarkdownFits(t *testing.T) {
	plan := thePromotion()
	plan.Changes, plan.Commit.Files = nil, nil
	for i := range 500 {
		c := imageChange("production", fmt.Sprintf("api-%d", i), "1", "2")
		for f := range 50 {
			c.Fields = append(c.Fields, engine.FieldChange{Field: drift.Field{Path: fmt.Sprintf("spec.field%d", f), Desired: strings.Repeat("x", 1000), Live: "y"}})
		}
		plan.Changes = append(plan.Changes, c)
		plan.Commit.Files = append(plan.Commit.Files, engine.FileChange{Path: fmt.Sprintf("base/api-%d.yaml", i), Operation: engine.Update})
	}
	text := Markdown(plan)
	if len(text) > 65_536 || !strings.HasSuffix(text, "… and more: the commit has all of it.\n") {
		t.Errorf("%d bytes, ending with %q", len(text), text[len(text)-80:])
	}
	plan.Changes = plan.Changes[:120]
	for i := range plan.Changes {
		plan.Changes[i].Fields = plan.Changes[i].Fields[:1]
	}
	plan.Changes[0].Fields = append(plan.Changes[0].Fields, make([]engine.FieldChange, 21)...)
	text = Markdown(plan)
	for _, want := range []string{"- … and 20 objects more", "  - … and 2 fields more", "- … and 300 files more"} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%q is not told", want)
		}
	}
}

func TestProposed(t *testing.T) {
	plan := thePromotion()
	requests := theRequests()
	for want, o := range map[string]engine.Outcome{
		"opened pull request #12: promote to production: api: 1.8.2 -> 1.9.0\nhttps://git.acme.dev/acme/config/pulls/12\nnext: merge it; production follows\n":                       {PullRequest: &requests[0]},
		"the same change waits already in pull request #12\nhttps://git.acme.dev/acme/config/pulls/12\nnext: merge it; production follows\n":                                         {PullRequest: &requests[0], Note: "the same change waits already in pull request #12"},
		"pushed the branch evenkeel/production/hold-88aa001: promote to production: api: 1.8.2 -> 1.9.0\nnext: open a pull request of the branch, or merge it; production follows\n": {PullRequest: &requests[1]},
	} {
		if got := string(textOf(t, func(p *printer) { printProposed(p, plan, &o) })); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	golden(t, "proposed.json", documentOf(t, outcomeDocument(&engine.Outcome{
		Action: engine.ActionPromote, Environment: "production", Revision: badHash, Commit: badHash, By: "ops@host", Started: noon, Ended: noon, PullRequest: &requests[0],
	})))
}
