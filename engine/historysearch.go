package engine

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/internal/archive"
	"github.com/evenkeel/evenkeel/engine/internal/holds"
	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
	"github.com/evenkeel/evenkeel/registry"
)

const (
	// searchFor is how long a search goes on before it tells what it has found
	// and how far it has come.
	searchFor = 300 * time.Millisecond
	// searchedAtOnce is how many commits it reads at once.
	searchedAtOnce = 500
)

// findings are the commits of a page of history, and how far it was looked for
// them.
type findings struct {
	commits  []gitrepo.Commit
	next     gitrepo.Cursor
	looked   int
	lookedTo time.Time
}

// findCommits lists the commits of the options' page that the query means.
func (e *Engine) findCommits(ctx context.Context, f *fabric, m *gitrepo.Mirror, o gitrepo.HistoryOptions, q HistoryQuery) (findings, error) {
	if q.Text+q.Author+q.Workload+q.Image == "" {
		page, err := m.History(ctx, o)
		r := findings{commits: page.Commits, next: page.Next}
		r.saw(page.Commits...)
		return r, err
	}
	if f.desired == nil {
		f.desired = &desired{}
	}
	s := &historySearch{
		words: strings.Fields(strings.ToLower(q.Text)), author: strings.ToLower(q.Author),
		workload: strings.ToLower(q.Workload), image: strings.ToLower(q.Image),
		env: f.env, now: f.desired, mirror: m, paths: o.Paths, reads: map[string]bool{}, start: e.recall(f, m),
		steps: map[gitrepo.Hash]*step{},
	}
	for _, file := range f.desired.closure {
		s.reads[file] = true
	}
	return s.page(ctx, o)
}

func (f *findings) saw(commits ...gitrepo.Commit) {
	f.looked += len(commits)
	if len(commits) > 0 {
		f.lookedTo = commits[len(commits)-1].Author.When
	}
}

// historySearch finds commits by what they say, and by what they changed. All
// that is looked for is in lower case.
type historySearch struct {
	words                   []string
	author, workload, image string

	env    *environment
	now    *desired
	mirror *gitrepo.Mirror
	paths  []string
	reads  map[string]bool // the files that the environment reads now
	start  func(gitrepo.Commit) *archive.Flight
	steps  map[gitrepo.Hash]*step
}

// page looks for as many commits as the options want, or for as long as a search
// goes on.
func (s *historySearch) page(ctx context.Context, o gitrepo.HistoryOptions) (findings, error) {
	var found findings
	enough, until := o.Limit, time.Now().Add(searchFor)
	o.Limit = searchedAtOnce
	for {
		page, err := s.mirror.History(ctx, o)
		if err != nil {
			return findings{}, err
		}
		for i, c := range page.Commits {
			means, err := s.means(ctx, page.Commits, i)
			if err != nil {
				return findings{}, err
			}
			found.saw(c)
			if means {
				found.commits = append(found.commits, c)
			}
			if found.next = page.After(i); len(found.commits) == enough || time.Now().After(until) {
				return found, nil
			}
		}
		if page.Next == "" {
			return found, nil
		}
		o.From, o.After = "", page.Next
	}
}

// means tells whether a commit is one that is looked for.
func (s *historySearch) means(ctx context.Context, commits []gitrepo.Commit, i int) (bool, error) {
	c := &commits[i]
	switch {
	case !s.says(c):
		return false, nil
	case s.workload == "" && s.image == "", s.records(c):
		return true, nil
	}
	// Those that come next are rendered beside this one.
	for _, next := range commits[i:min(len(commits), i+runtime.GOMAXPROCS(0))] {
		if !s.says(&next) || s.records(&next) {
			continue
		}
		if err := s.begin(ctx, next); err != nil {
			return false, err
		}
	}
	return s.changes(ctx, *c)
}

// says tells whether the message and the author are those that are looked for.
func (s *historySearch) says(c *gitrepo.Commit) bool {
	if s.author != "" && !strings.Contains(strings.ToLower(c.Author.Name+" <"+c.Author.Email+">"), s.author) {
		return false
	}
	if len(s.words) == 0 {
		return true
	}
	message := strings.ToLower(c.Subject + "\n" + c.Body)
	return !slices.ContainsFunc(s.words, func(word string) bool { return !strings.Contains(message, word) })
}

// records tells whether the commit itself says that it gave such an image to such
// a workload. Those by people do not, nor does what came along in shared files.
func (s *historySearch) records(c *gitrepo.Commit) bool {
	if !slices.Contains(c.Trailers[trailerEnvironment], s.env.spec.Name) {
		return false
	}
	return (s.workload == "" || slices.ContainsFunc(c.Trailers[trailerContainer], func(line string) bool {
		fields := strings.Fields(line) // "Deployment.apps shop/api server"
		if len(fields) < 2 {
			return false
		}
		kind, _, _ := strings.Cut(fields[0], ".")
		return s.isWorkload(kind, fields[1][strings.LastIndex(fields[1], "/")+1:])
	})) && (s.image == "" || slices.ContainsFunc(c.Trailers[trailerImage], func(line string) bool {
		repository, from, to, ok := parseImageTrailer(line)
		return ok && (s.isImage(repository+":"+from) || s.isImage(repository+":"+to))
	}))
}

func (s *historySearch) isWorkload(kind, name string) bool {
	kind, name = strings.ToLower(kind), strings.ToLower(name)
	return strings.HasPrefix(name, s.workload) || strings.HasPrefix(kind+"/"+name, s.workload)
}

func (s *historySearch) isImage(image string) bool {
	if strings.Contains(strings.ToLower(image), s.image) {
		return true
	}
	ref, err := registry.ParseReference(image) // which may be short for a longer one
	return err == nil && strings.Contains(strings.ToLower(ref.String()), s.image)
}

// step is what a commit changed in what the environment renders to, or will be.
type step struct {
	idle          bool // certainly nothing that is looked for
	mentions      bool // a file that it changed has the words in it
	older         gitrepo.Commit
	before, after *archive.Flight // before is nil when there was nothing
}

// begin begins to find out what a commit changed, unless its files say already
// that it is nothing.
func (s *historySearch) begin(ctx context.Context, c gitrepo.Commit) error {
	if s.steps[c.Hash] != nil {
		return nil
	}
	st := &step{}
	s.steps[c.Hash] = st
	var parent gitrepo.Hash
	if len(c.Parents) > 0 {
		parent = c.Parents[0]
	}
	err := s.weighFiles(st, parent, c.Hash)
	if st.idle || err != nil {
		return err
	}
	st.after = s.start(c)
	if st.older, err = s.olderThan(ctx, c); err == nil && st.older.Hash != "" {
		st.before = s.start(st.older)
	}
	return err
}

// olderThan is the commit before one: the newest that touched the environment.
// Nothing of what it reads has changed in between, as far as it reads now what it
// read then. It is zero before the first.
func (s *historySearch) olderThan(ctx context.Context, c gitrepo.Commit) (gitrepo.Commit, error) {
	if len(c.Parents) == 0 {
		return gitrepo.Commit{}, nil
	}
	page, err := s.mirror.History(ctx, gitrepo.HistoryOptions{From: c.Parents[0], Paths: s.paths, Limit: 1})
	if err != nil || len(page.Commits) == 0 {
		return gitrepo.Commit{}, err
	}
	return page.Commits[0], nil
}

// weighFiles tells what the files say that a commit changed.
func (s *historySearch) weighFiles(st *step, before, after gitrepo.Hash) error {
	changed, err := s.mirror.Changed(before, after)
	if err != nil {
		return err
	}
	changed = slices.DeleteFunc(changed, func(name string) bool {
		return name == holds.File(s.env.spec.Name) || !s.reads[name] && !within(s.env.spec.Path, name)
	})
	plain := true
	for _, hash := range []gitrepo.Hash{before, after} {
		if hash == "" {
			continue
		}
		tree, err := s.mirror.Tree(hash)
		if err != nil {
			return err
		}
		plain = plain && (render.IsPlain(tree, s.env.spec.Path) || !exists(tree, s.env.spec.Path))
		st.mentions = st.mentions || slices.ContainsFunc(changed, func(name string) bool { return s.mentioned(tree, name) })
	}
	// In a plain directory an object comes from its own file alone, which has its
	// name and those of its images in it.
	st.idle = len(changed) == 0 || plain && !st.mentions
	return nil
}

func exists(tree *gitrepo.Tree, name string) bool {
	_, there := tree.HashOf(name)
	return there
}

// mentioned tells whether a file may be about what is looked for.
func (s *historySearch) mentioned(tree *gitrepo.Tree, name string) bool {
	info, err := fs.Lstat(tree, name)
	if err != nil {
		return false // it is not there on this side
	}
	data, err := tree.ReadFile(name)
	if err != nil || !info.Mode().IsRegular() {
		return true
	}
	data = bytes.ToLower(data)
	return bytes.Contains(data, []byte(lastPart(s.workload))) && bytes.Contains(data, []byte(imageWord(s.image)))
}

// imageWord is the part of an image that stands in a file however the image is
// written there: in short, or in pieces.
func imageWord(image string) string {
	image = lastPart(image)
	if name, tag, tagged := strings.Cut(image, ":"); tagged {
		if name == "" {
			return tag
		}
		return name
	}
	return image
}

// changes tells whether a commit changed a workload or an image that is looked
// for.
func (s *historySearch) changes(ctx context.Context, c gitrepo.Commit) (bool, error) {
	st := s.steps[c.Hash]
	delete(s.steps, c.Hash)
	if st.idle {
		return false, nil
	}
	after, err := await(ctx, st.after)
	if err != nil || after.Broken {
		return st.mentions, err // of what does not render there are the files alone
	}
	var before *archive.Revision
	for older, flight := st.older, st.before; flight != nil; {
		if before, err = await(ctx, flight); err != nil {
			return false, err
		}
		if !before.Broken {
			break
		}
		before, flight = nil, nil // what was broken says nothing; the one before it will
		if older, err = s.olderThan(ctx, older); err != nil {
			return false, err
		}
		if older.Hash != "" {
			flight = s.start(older)
		}
	}
	for was, is := range archive.Changes(before, after) {
		if s.isAbout(was, is) {
			return true, nil
		}
	}
	return false, nil
}

// await waits for a rendering.
func await(ctx context.Context, f *archive.Flight) (*archive.Revision, error) {
	r, err := f.Wait(ctx)
	if errors.Is(err, archive.ErrClosed) {
		return nil, errEnded
	}
	return r, err
}

// isAbout tells whether the change of an object is one that is looked for.
func (s *historySearch) isAbout(was, is *archive.Object) bool {
	id := ID{}
	for _, o := range []*archive.Object{was, is} {
		if o != nil {
			id = o.ID
		}
	}
	if s.workload != "" && !s.isWorkload(id.Kind, id.Name) {
		return false
	}
	before, after := imagesIn(was), imagesIn(is)
	if s.image == "" {
		return len(before)+len(after) > 0 // what has images is a workload
	}
	for _, side := range []map[string]string{before, after} {
		for container, image := range side {
			if before[container] != after[container] && s.isImage(image) {
				return true
			}
		}
	}
	return false
}

// imagesIn are the images of an object by container.
func imagesIn(o *archive.Object) map[string]string {
	if o == nil || !bytes.Contains(o.JSON, []byte(`"image"`)) {
		return nil
	}
	manifest := &unstructured.Unstructured{}
	// The bytes come from encoding a rendered object, so they decode.
	_ = manifest.UnmarshalJSON(o.JSON)
	images := map[string]string{}
	for _, list := range containerLists {
		for _, c := range imagesOf(manifest, list.key) {
			images[c.name] = c.image
		}
	}
	if manifest.GetKind() == "HelmRelease" {
		for _, v := range helmImages(manifest) {
			images[v.name] = v.image
		}
	}
	return images
}
