package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// branchRoot is how the names of the branches begin that changes wait on:
// evenkeel/<environment>/<action>-<digest>.
const branchRoot = "evenkeel/"

// branchFor names the branch of a change after what it changes: the same change
// that two people make has one name. A hold says by whom it is, and since when;
// what is held counts in the place of that file.
func (c *composition) branchFor(changed []gitrepo.Change) string {
	if c.env.spec.Changes != ChangePullRequest {
		return ""
	}
	sum := sha256.New()
	for _, change := range slices.SortedFunc(slices.Values(changed), func(a, b gitrepo.Change) int { return strings.Compare(a.Path, b.Path) }) {
		if change.Path != holds.File(c.env.spec.Name) {
			fmt.Fprintf(sum, "%q %v %q\n", change.Path, change.Delete, change.Content)
		}
	}
	for _, h := range c.plan.fabric.hold {
		fmt.Fprintf(sum, "hold %q\n", h.Image)
	}
	for _, image := range c.plan.fabric.release {
		fmt.Fprintf(sum, "release %q\n", image)
	}
	return fmt.Sprintf("%s%s/%s-%s", branchRoot, c.env.spec.Name, c.plan.Action, hex.EncodeToString(sum.Sum(nil))[:7])
}

// waitsElsewhere is the first of the other environments that the effects change
// and whose own changes wait in pull requests, or "".
func (c *composition) waitsElsewhere(effects []Change) string {
	for _, r := range c.others {
		if r.spec.Changes == ChangePullRequest && slices.ContainsFunc(effects, func(change Change) bool { return change.Environment == r.spec.Name }) {
			return r.spec.Name
		}
	}
	return ""
}

// pullRequestGate is told when the commit would pass by the pull requests that
// another environment asks for.
func (p *Plan) pullRequestGate(d *draft) []Gate {
	if d.passesBy == "" {
		return nil
	}
	advice := "make this change from " + d.passesBy
	if back := p.fabric.back; back != nil && back.mode == RollbackWhole {
		advice = "go back by an overlay"
	}
	return []Gate{{Name: GatePullRequest, Reason: fmt.Sprintf("%s would change as well, and its changes wait in pull requests: %s", d.passesBy, advice)}}
}

// parseBranch takes the name of such a branch apart.
func parseBranch(name string) (environment string, action Action, ok bool) {
	rest, ok := strings.CutPrefix(name, branchRoot)
	environment, last, found := strings.Cut(rest, "/")
	word, _, _ := strings.Cut(last, "-")
	return environment, Action(word), ok && found && environment != ""
}

// carries tells whether a branch has the change of a draft, and nothing else:
// one commit that is not merged yet, with the same files.
func (c *carrier) carries(branch gitrepo.Hash, d *draft) (bool, error) {
	if merged, err := c.mirror.Contains(c.head, branch); err != nil || merged {
		return false, err
	}
	theirs, err := c.changedBy(branch)
	if err != nil {
		return false, err
	}
	mine, err := c.changedBy(d.hash)
	if err != nil || !slices.Equal(theirs, mine) {
		return false, err
	}
	return c.alike(mine, branch, d.hash)
}

// carrier compares commits of the mirror.
type carrier struct {
	mirror      *gitrepo.Mirror
	head        gitrepo.Hash
	environment string
}

// changedBy lists the files that a commit changes.
func (c *carrier) changedBy(hash gitrepo.Hash) ([]string, error) {
	commit, err := c.mirror.Commit(hash)
	if err != nil {
		return nil, err
	}
	var parent gitrepo.Hash
	if len(commit.Parents) > 0 {
		parent = commit.Parents[0]
	}
	return c.mirror.Changed(parent, hash)
}

// alike tells whether files are the same in two commits. Of the holds it is
// enough that they are there.
func (c *carrier) alike(files []string, a, b gitrepo.Hash) (bool, error) {
	one, err := c.mirror.Tree(a)
	if err != nil {
		return false, err
	}
	other, err := c.mirror.Tree(b)
	if err != nil {
		return false, err
	}
	for _, name := range files {
		here, isHere := one.HashOf(name)
		there, isThere := other.HashOf(name)
		if isHere != isThere || here != there && name != holds.File(c.environment) {
			return false, nil
		}
	}
	return true, nil
}

// merged tells whether the head has a commit, by itself or by what it says: a
// forge may have made another one of it.
func (c *carrier) merged(commit gitrepo.Hash) bool {
	if there, err := c.mirror.Contains(c.head, commit); err == nil && there {
		return true
	}
	files, err := c.changedBy(commit)
	if err != nil || len(files) == 0 {
		return false
	}
	alike, err := c.alike(files, commit, c.head)
	return err == nil && alike
}
