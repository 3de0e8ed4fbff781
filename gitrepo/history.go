package gitrepo

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// HistoryOptions select commits.
type HistoryOptions struct {
	// From is the newest commit to look at; empty is the branch's head.
	From Hash
	// Paths restrict the history to commits that changed one of these files or directories. Without any, every commit
	// is listed.
	Paths []string
	// Limit is the size of a page; 0 is no limit.
	Limit int
	// After continues behind an earlier page of the same From and Paths.
	After Cursor
}

// Cursor marks a place in a history. It stays good when the branch moves on.
type Cursor string

// HistoryPage is a stretch of history, newest first.
type HistoryPage struct {
	Commits []Commit
	// Next continues behind this page; empty at the end.
	Next Cursor

	from Hash
	skip int
}

// After continues behind one of the page's commits, for whoever does not need those that follow it.
func (p HistoryPage) After(commit int) Cursor {
	if commit == len(p.Commits)-1 {
		return p.Next
	}
	return cursorAt(p.from, p.skip+commit+1)
}

func cursorAt(from Hash, skip int) Cursor { return Cursor(fmt.Sprintf("%s+%d", from, skip)) }

// History lists the commits that `git log -- paths` does, in the same order: side branches that brought nothing to the
// paths are left out. It compares the hashes of trees along the paths, so it costs little where nothing changed.
func (m *Mirror) History(ctx context.Context, o HistoryOptions) (HistoryPage, error) {
	from, skip, err := o.start()
	if err != nil {
		return HistoryPage{}, err
	}
	if from == "" {
		if from, err = m.Head(); err != nil {
			return HistoryPage{}, err
		}
		if from == "" {
			return HistoryPage{}, nil
		}
	}
	paths, err := newPathSet(o.Paths)
	if err != nil {
		return HistoryPage{}, err
	}
	first, err := m.startNode(from)
	if err != nil {
		return HistoryPage{}, err
	}
	l := &log{mirror: m, paths: paths, seen: map[plumbing.Hash]bool{from.id(): true}}
	l.push(from.id(), first)

	page := HistoryPage{from: from, skip: skip}
	for listed := 0; ; listed++ {
		id, ok, err := l.next(ctx)
		if err != nil {
			return HistoryPage{}, fmt.Errorf("reading the history of %s: %w", m.address.display, err)
		}
		if !ok {
			return page, nil
		}
		if listed < skip {
			continue
		}
		if o.Limit > 0 && len(page.Commits) == o.Limit {
			page.Next = cursorAt(from, listed)
			return page, nil
		}
		content, err := m.read(plumbing.CommitObject, id)
		if err != nil {
			return HistoryPage{}, err
		}
		commit, err := parseCommit(id, content)
		if err != nil {
			return HistoryPage{}, err
		}
		page.Commits = append(page.Commits, commit)
	}
}

// start reads the cursor: the commit to begin at, and how many were listed already. Walking over those again is cheap,
// as everything they need is decoded.
func (o HistoryOptions) start() (from Hash, skip int, err error) {
	if o.After == "" {
		return o.From, 0, nil
	}
	hash, count, _ := strings.Cut(string(o.After), "+")
	skip, err = strconv.Atoi(count)
	if err != nil || !Hash(hash).valid() || (o.From != "" && o.From != Hash(hash)) {
		return "", 0, fmt.Errorf("%q does not continue this history", o.After)
	}
	return Hash(hash), skip, nil
}

// log walks commits by date, newest first, as git log does.
type log struct {
	mirror *Mirror
	paths  *pathSet
	queue  commitQueue
	seen   map[plumbing.Hash]bool
	pushed int
}

// next is the next commit that belongs to the history.
func (l *log) next(ctx context.Context) (plumbing.Hash, bool, error) {
	for l.queue.Len() > 0 {
		if err := ctx.Err(); err != nil {
			return plumbing.ZeroHash, false, err
		}
		at := heap.Pop(&l.queue).(queued)
		parents, listed, err := l.simplify(at.node)
		if err != nil {
			return plumbing.ZeroHash, false, err
		}
		for _, id := range parents {
			if l.seen[id] {
				continue
			}
			l.seen[id] = true
			n, err := l.mirror.node(id)
			if err != nil {
				return plumbing.ZeroHash, false, err
			}
			l.push(id, n)
		}
		if listed {
			return at.id, true, nil
		}
	}
	return plumbing.ZeroHash, false, nil
}

// simplify tells whether a commit is listed, and which parents to go on with: when one has the paths as the commit has
// them, that one explains them all.
func (l *log) simplify(n node) (parents []plumbing.Hash, listed bool, err error) {
	if l.paths == nil {
		return n.parents, true, nil
	}
	if len(n.parents) == 0 {
		same, err := l.paths.same(l.mirror, n.tree, plumbing.ZeroHash)
		return nil, !same, err
	}
	for i, id := range n.parents {
		parent, err := l.mirror.node(id)
		if err != nil {
			return nil, false, err
		}
		same, err := l.paths.same(l.mirror, n.tree, parent.tree)
		if err != nil {
			return nil, false, err
		}
		if same {
			return n.parents[i : i+1], false, nil
		}
	}
	return n.parents, true, nil
}

func (l *log) push(id plumbing.Hash, n node) {
	l.pushed++
	heap.Push(&l.queue, queued{id: id, node: n, order: l.pushed})
}

// queued is a commit to be looked at. Of commits with one date, the one found first comes first.
type queued struct {
	id    plumbing.Hash
	node  node
	order int
}

type commitQueue []queued

func (q commitQueue) Len() int      { return len(q) }
func (q commitQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q commitQueue) Less(i, j int) bool {
	if q[i].node.when != q[j].node.when {
		return q[i].node.when > q[j].node.when
	}
	return q[i].order < q[j].order
}
func (q *commitQueue) Push(x any) { *q = append(*q, x.(queued)) }
func (q *commitQueue) Pop() any {
	last := len(*q) - 1
	popped := (*q)[last]
	*q = (*q)[:last]
	return popped
}

// pathSet is a set of paths as a tree of names, so that many paths cost hardly more than one.
type pathSet struct {
	whole bool // everything from here down belongs to the set
	below map[string]*pathSet
}

// newPathSet returns nil for no paths.
func newPathSet(paths []string) (*pathSet, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	root := &pathSet{}
	for _, name := range paths {
		name = path.Clean(name)
		if strings.HasPrefix(name, "/") || name == ".." || strings.HasPrefix(name, "../") {
			return nil, fmt.Errorf("%q is no path in the repository", name)
		}
		at := root
		if name != "." {
			for part := range strings.SplitSeq(name, "/") {
				if at.below == nil {
					at.below = map[string]*pathSet{}
				}
				if at.below[part] == nil {
					at.below[part] = &pathSet{}
				}
				at = at.below[part]
			}
		}
		at.whole = true
	}
	return root, nil
}

// same tells whether two trees hold the same at every path of the set.
func (p *pathSet) same(m *Mirror, a, b plumbing.Hash) (bool, error) {
	if a == b {
		return true, nil
	}
	left, err := m.tree(a)
	if err != nil {
		return false, err
	}
	right, err := m.tree(b)
	if err != nil {
		return false, err
	}
	if p.whole {
		// The empty tree has a hash of its own beside the zero hash.
		return len(left) == 0 && len(right) == 0, nil
	}
	for len(left) > 0 || len(right) > 0 {
		var one, other entry
		switch order := compareFirst(left, right); {
		case order < 0:
			one, left = left[0], left[1:]
		case order > 0:
			other, right = right[0], right[1:]
		default:
			one, left, other, right = left[0], left[1:], right[0], right[1:]
			if one.id == other.id && one.mode == other.mode {
				continue
			}
		}
		// One side is empty where a name is new, gone, or turned from a file into a directory.
		below := p.below[cmp.Or(one.name, other.name)]
		if below == nil {
			continue
		}
		if same, err := below.sameEntry(m, one, other); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// compareFirst orders the first entries of two trees; an empty one comes last.
func compareFirst(a, b []entry) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	}
	return compareEntries(a[0], b[0])
}

func (p *pathSet) sameEntry(m *Mirror, a, b entry) (bool, error) {
	if a.id == b.id && a.mode == b.mode {
		return true, nil
	}
	if p.whole {
		return false, nil
	}
	// What is not a directory has nothing below it.
	if !a.isDir() {
		a.id = plumbing.ZeroHash
	}
	if !b.isDir() {
		b.id = plumbing.ZeroHash
	}
	return p.same(m, a.id, b.id)
}
