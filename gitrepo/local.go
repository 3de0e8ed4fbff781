package gitrepo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	gitfile "github.com/go-git/go-git/v5/plumbing/transport/file"
)

// localRemote is a repository on this machine. It is read directly: no Git binary is needed and no process started.
type localRemote struct {
	address address
}

// unborn is what HEAD names, also before there is a commit.
func (l *localRemote) unborn() string {
	repository, err := l.open()
	if err != nil {
		return fallbackBranch
	}
	c := &localConnection{address: l.address, repository: repository}
	return cmp.Or(c.defaultBranch(), fallbackBranch)
}

// localConnection reads references when they are asked for.
type localConnection struct {
	address    address
	repository *git.Repository
}

func (l *localRemote) connect(ctx context.Context) (connection, error) {
	if err := ctx.Err(); err != nil {
		return nil, l.address.fail(ErrUnreachable, err, "")
	}
	repository, err := l.open()
	if err != nil {
		return nil, err
	}
	c := &localConnection{address: l.address, repository: repository}
	if err := c.checkNotEmpty(); err != nil {
		return nil, err
	}
	return c, nil
}

func (l *localRemote) open() (*git.Repository, error) {
	repository, err := git.PlainOpenWithOptions(l.address.path, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	switch {
	case errors.Is(err, git.ErrRepositoryNotExists), errors.Is(err, fs.ErrNotExist):
		return nil, l.address.fail(ErrNotFound, nil, "there is no Git repository at this path")
	case errors.Is(err, fs.ErrPermission):
		return nil, l.address.fail(ErrAuth, err, "this user may not read the directory")
	case err != nil:
		return nil, l.address.fail(ErrUnreachable, err, "")
	}
	return repository, nil
}

// checkNotEmpty tells a repository without any commit from one without the branch.
func (c *localConnection) checkNotEmpty() error {
	if branch := c.defaultBranch(); branch != "" {
		if _, ok := c.find(branchRef(branch)); ok {
			return nil
		}
	}
	iterator, err := c.repository.References()
	if err != nil {
		return c.address.fail(ErrUnreachable, err, "")
	}
	empty := true
	err = iterator.ForEach(func(r *plumbing.Reference) error {
		if r.Type() == plumbing.HashReference {
			empty = false
			return storer.ErrStop
		}
		return nil
	})
	if err != nil {
		return c.address.fail(ErrUnreachable, err, "")
	}
	if empty {
		return c.address.fail(ErrEmpty, nil, "push a first commit to it")
	}
	return nil
}

func (c *localConnection) Close() error { return nil }

func (c *localConnection) defaultBranch() string {
	head, err := c.repository.Storer.Reference(plumbing.HEAD)
	if err != nil || head.Type() != plumbing.SymbolicReference {
		return ""
	}
	branch, _ := strings.CutPrefix(head.Target().String(), "refs/heads/")
	return branch
}

func (c *localConnection) find(name string) (plumbing.Hash, bool) {
	r, err := storer.ResolveReference(c.repository.Storer, plumbing.ReferenceName(name))
	if err != nil {
		return plumbing.ZeroHash, false
	}
	return r.Hash(), true
}

// branches of a repository that cannot be read are none.
func (c *localConnection) branches(prefix string) map[string]plumbing.Hash {
	found := map[string]plumbing.Hash{}
	iterator, err := c.repository.Branches()
	if err != nil {
		return found
	}
	_ = iterator.ForEach(func(r *plumbing.Reference) error {
		if name := r.Name().Short(); strings.HasPrefix(name, prefix) {
			found[name] = r.Hash()
		}
		return nil
	})
	return found
}

// fetch copies what s lacks. It stops at every object that s has: s gets an object after all that it needs.
func (c *localConnection) fetch(ctx context.Context, s *store, wants, haves []plumbing.Hash) error {
	if from := c.objectDir(); len(haves) == 0 && from != "" && s.empty() {
		// Files can go while they are copied, when Git packs them; walking reads what took their place.
		if err := copyObjects(ctx, from, s); err == nil && s.hasAll(wants) {
			return nil
		}
	}
	w := &walk{ctx: ctx, from: c.repository.Storer, to: s, seen: map[plumbing.Hash]bool{}}
	err := w.objects(wants)
	if err == nil && len(w.ids) > 0 {
		err = s.copyFrom(c.repository.Storer, w.ids)
	}
	if err != nil {
		return c.address.fail(ErrUnreachable, err, "the repository could not be copied; git fsck there tells whether it is whole")
	}
	return nil
}

// walk lists the objects that one repository has and another lacks, those that need others first.
type walk struct {
	ctx  context.Context
	from storer.EncodedObjectStorer
	to   *store
	seen map[plumbing.Hash]bool
	ids  []plumbing.Hash
}

// take lists an object unless it is not needed.
func (w *walk) take(id plumbing.Hash) bool {
	if w.seen[id] || w.to.has(id) {
		return false
	}
	w.seen[id] = true
	w.ids = append(w.ids, id)
	return true
}

func (w *walk) read(id plumbing.Hash) (plumbing.ObjectType, []byte, error) {
	if err := w.ctx.Err(); err != nil {
		return plumbing.InvalidObject, nil, err
	}
	object, err := w.from.EncodedObject(plumbing.AnyObject, id)
	if err != nil {
		return plumbing.InvalidObject, nil, fmt.Errorf("reading %s: %w", id, err)
	}
	content, err := readObject(object)
	return object.Type(), content, err
}

func (w *walk) objects(wants []plumbing.Hash) error {
	pending := append([]plumbing.Hash(nil), wants...)
	for len(pending) > 0 {
		id := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if !w.take(id) {
			continue
		}
		kind, content, err := w.read(id)
		if err != nil {
			return err
		}
		switch kind {
		case plumbing.CommitObject:
			n, err := parseNode(content)
			if err != nil {
				return err
			}
			if err := w.tree(n.tree); err != nil {
				return err
			}
			pending = append(pending, n.parents...)
		case plumbing.TagObject:
			if target, ok := tagTarget(content); ok {
				pending = append(pending, target)
			}
		case plumbing.TreeObject:
			w.seen[id], w.ids = false, w.ids[:len(w.ids)-1]
			if err := w.tree(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) tree(id plumbing.Hash) error {
	if !w.take(id) {
		return nil
	}
	_, content, err := w.read(id)
	if err != nil {
		return err
	}
	entries, err := parseTree(content)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch {
		case e.mode == modeSubmodule:
		case e.isDir():
			if err := w.tree(e.id); err != nil {
				return err
			}
		default:
			w.take(e.id)
		}
	}
	return nil
}

// copyFrom stores objects of another repository, given in the order of walk.
func (s *store) copyFrom(from storer.EncodedObjectStorer, ids []plumbing.Hash) error {
	if len(ids) > looseLimit {
		reader, writer := io.Pipe()
		go func() {
			_, err := packfile.NewEncoder(writer, from, false).Encode(ids, 0)
			writer.CloseWithError(err)
		}()
		err := s.receive(reader)
		reader.CloseWithError(err)
		return err
	}
	// Needed before needing: after a crash nothing that is there lacks anything.
	for i := len(ids) - 1; i >= 0; i-- {
		object, err := from.EncodedObject(plumbing.AnyObject, ids[i])
		if err != nil {
			return err
		}
		content, err := readObject(object)
		if err != nil {
			return err
		}
		if _, err := s.add(object.Type(), content); err != nil {
			return err
		}
	}
	return nil
}

// push lets Git do it when Git is there, as it runs the repository's hooks; otherwise it is done here.
func (l *localRemote) push(ctx context.Context, s *store, p push) error {
	repository, err := l.open()
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("git"); err == nil {
		at := &transport.Endpoint{Protocol: "file", Path: l.address.path}
		err := pushOver(ctx, l.address, s, p, func() (transport.ReceivePackSession, error) {
			return gitfile.DefaultClient.NewReceivePackSession(at, nil)
		})
		var already *FetchError
		if err != nil && !errors.As(err, &already) {
			return l.address.fail(ErrUnreachable, err, "")
		}
		return err
	}
	return l.pushDirectly(ctx, repository, s, p)
}

// pushDirectly writes into the other repository, with Git's own lock on the branch.
func (l *localRemote) pushDirectly(ctx context.Context, repository *git.Repository, s *store, p push) error {
	dir, err := l.gitDir(repository)
	if err != nil {
		return err
	}
	for _, hook := range []string{"pre-receive", "update", "post-receive", "post-update", "reference-transaction"} {
		if info, err := os.Stat(filepath.Join(dir, "hooks", hook)); err == nil && info.Mode()&0o111 != 0 {
			return l.address.fail(ErrRejected, nil, fmt.Sprintf("the repository has the hook %q, which only Git can run; install Git", hook))
		}
	}
	if p.commit.IsZero() {
		return l.removeBranch(repository, p)
	}
	known := map[plumbing.Hash]bool{}
	for _, head := range (&localConnection{repository: repository}).branches("") {
		known[head] = true
	}
	missing, err := lacking(s, p.commit, p.onto, known)
	if err != nil {
		return err
	}
	target := openStore(dir)
	defer target.Close()
	if err := target.copyFrom(s.git, missing); err != nil {
		return l.address.fail(ErrRejected, err, "")
	}
	if err := ctx.Err(); err != nil {
		return l.address.fail(ErrUnreachable, err, "")
	}
	return l.moveBranch(repository, dir, p)
}

func (l *localRemote) removeBranch(repository *git.Repository, p push) error {
	c := &localConnection{address: l.address, repository: repository}
	now, exists := c.find(branchRef(p.branch))
	if err := p.fits(l.address, now, exists); err != nil {
		return err
	}
	if err := repository.Storer.RemoveReference(plumbing.ReferenceName(branchRef(p.branch))); err != nil {
		return l.address.fail(ErrRejected, err, "")
	}
	return nil
}

// gitDir refuses a repository with a work tree on the branch: its files would no longer match.
func (l *localRemote) gitDir(repository *git.Repository) (string, error) {
	configuration, err := repository.Config()
	if err != nil {
		return "", l.address.fail(ErrUnreachable, err, "")
	}
	if !configuration.Core.IsBare {
		return "", l.address.fail(ErrRejected, nil, "it has a work tree; pushing to it needs Git, or a bare repository")
	}
	return l.address.path, nil
}

// moveBranch compares and sets, under the lock file that Git takes too.
func (l *localRemote) moveBranch(repository *git.Repository, dir string, p push) error {
	name := filepath.Join(dir, filepath.FromSlash(branchRef(p.branch)))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return l.address.fail(ErrRejected, err, "")
	}
	lock, err := os.OpenFile(name+".lock", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return l.address.fail(ErrStale, nil, fmt.Sprintf("something else is moving %s just now", p.branch))
	}
	if err != nil {
		return l.address.fail(ErrRejected, err, "")
	}
	c := &localConnection{address: l.address, repository: repository}
	now, exists := c.find(branchRef(p.branch))
	failure := p.fits(l.address, now, exists)
	if failure == nil {
		_, failure = fmt.Fprintf(lock, "%s\n", p.commit)
	}
	if failure == nil {
		failure = lock.Sync()
	}
	if closing := lock.Close(); failure == nil {
		failure = closing
	}
	if failure == nil {
		failure = os.Rename(lock.Name(), name)
	}
	if failure != nil {
		return errors.Join(failure, os.Remove(lock.Name()))
	}
	return nil
}
