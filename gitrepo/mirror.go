package gitrepo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/gofrs/flock"
)

// fallbackBranch is the branch of a repository that has none yet.
const fallbackBranch = "main"

// lockPoll is how often a process looks whether another one has let go of the mirror.
const lockPoll = 20 * time.Millisecond

// Mirror is a bare copy of a repository in the user's cache directory. Its methods may be called from several
// goroutines, and several processes may have the same mirror open.
type Mirror struct {
	address address
	branch  string // as asked for; "" is the remote's default
	dir     string
	remote  remote
	decoded *decoded

	// life ends with Close; mending a damaged mirror in the middle of a read is bound to it.
	life context.Context
	end  context.CancelFunc

	mu    sync.RWMutex
	store *store

	mending sync.Mutex
	mended  time.Time

	prefix   string // of the branches that are listed
	listed   sync.Mutex
	branches map[string]Hash
}

// remote is the repository that is mirrored: on this machine, or over a wire.
type remote interface {
	// connect reads the references. The connection is good for one fetch.
	connect(ctx context.Context) (connection, error)
	// unborn is the branch that a first commit goes to when none is named.
	unborn() string
	// push sends what the remote lacks of p.commit and moves the branch there; without a commit it takes the branch away.
	push(ctx context.Context, s *store, p push) error
}

// connection is a remote with its references read.
type connection interface {
	// defaultBranch is the one that HEAD names, "" when HEAD names none.
	defaultBranch() string
	// find looks a full reference name up.
	find(name string) (plumbing.Hash, bool)
	// branches are those whose names begin with prefix.
	branches(prefix string) map[string]plumbing.Hash
	// fetch brings the wanted commits and all they need into s, which holds everything that haves need.
	fetch(ctx context.Context, s *store, wants, haves []plumbing.Hash) error
	Close() error
}

// push is one step of one branch.
type push struct {
	branch       string
	commit, onto plumbing.Hash
}

// Open opens the mirror of a repository, and makes an empty one when there is none or the old one is damaged. It needs no
// network; call Fetch to fill it.
func Open(ctx context.Context, o Options) (*Mirror, error) {
	at, err := parseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Branch != "" {
		if err := checkBranchName(o.Branch); err != nil {
			return nil, err
		}
	}
	if o.CacheDir == "" {
		cacheDir, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("finding a place for the mirror of %s: %w", at.display, err)
		}
		o.CacheDir = filepath.Join(cacheDir, "evenkeel", "repositories")
	}
	if err := os.MkdirAll(o.CacheDir, 0o700); err != nil {
		return nil, fmt.Errorf("making a place for the mirror of %s: %w", at.display, err)
	}
	at.username = cmp.Or(o.Credentials.Username, at.username)
	at.password = cmp.Or(o.Credentials.Password, at.password)
	m := &Mirror{
		address: at,
		branch:  o.Branch,
		prefix:  o.Branches,
		dir:     filepath.Join(o.CacheDir, at.directory()),
		decoded: newDecoded(),
	}
	if at.scheme == "file" {
		m.remote = &localRemote{address: at}
	} else {
		m.remote = &wireRemote{address: at, credentials: o.Credentials}
	}
	if inspect(m.dir) != nil {
		if err := m.prepare(ctx); err != nil {
			return nil, err
		}
	}
	m.store = openStore(m.dir)
	m.life, m.end = context.WithCancel(context.WithoutCancel(ctx))
	return m, nil
}

// Close ends the use of the mirror. What was read from it, such as a Tree, must not be used any more.
func (m *Mirror) Close() error {
	m.end()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.store.Close()
}

// Branch is the branch that is followed. It is "" while the remote's default branch is asked for and was never fetched.
func (m *Mirror) Branch() string {
	if m.branch != "" {
		return m.branch
	}
	r, err := readRefs(m.dir)
	if err != nil || len(r.named) == 0 {
		return ""
	}
	return r.head
}

// Head is the branch's newest commit as of the last fetch, by whichever process. It is "" when there was none.
func (m *Mirror) Head() (Hash, error) {
	r, err := readRefs(m.dir)
	if err != nil {
		return "", fmt.Errorf("reading the mirror of %s: %w", m.address.display, err)
	}
	branch := m.branch
	if branch == "" {
		branch = r.head
	}
	return hashOf(r.named[branchRef(branch)]), nil
}

// lock keeps other processes, and other goroutines, from writing. Readers need no lock.
func (m *Mirror) lock(ctx context.Context) (unlock func(), err error) {
	file := flock.New(m.dir + ".lock")
	if _, err := file.TryLockContext(ctx, lockPoll); err != nil {
		return nil, fmt.Errorf("waiting for another evenkeel to finish with the mirror of %s (%s): %w", m.address.display, file.Path(), err)
	}
	// The lock goes with the process at the latest, so there is nothing to do about an error.
	return func() { _ = file.Unlock() }, nil
}

// prepare puts an empty mirror in place of a missing or damaged one.
func (m *Mirror) prepare(ctx context.Context) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// Another process may have been quicker.
	if inspect(m.dir) == nil {
		return nil
	}
	fresh, err := m.blank()
	if err != nil {
		return err
	}
	return m.replace(fresh)
}

// blank makes an empty repository beside the mirror; the caller holds the lock.
func (m *Mirror) blank() (dir string, err error) {
	dir = m.dir + ".new"
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("making a mirror of %s: %w", m.address.display, err)
	}
	if err := layOut(dir, fallbackBranch); err != nil {
		return "", fmt.Errorf("making a mirror of %s: %w", m.address.display, err)
	}
	return dir, nil
}

// replace puts a complete repository in the mirror's place; the caller holds the lock. A crash in the middle leaves
// no mirror, which Open makes good.
func (m *Mirror) replace(fresh string) error {
	old := m.dir + ".old"
	err := os.RemoveAll(old)
	if err == nil {
		if err = os.Rename(m.dir, old); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = os.Rename(fresh, m.dir)
	}
	if err == nil {
		err = os.RemoveAll(old)
	}
	if err != nil {
		return fmt.Errorf("replacing the mirror of %s: %w", m.address.display, err)
	}
	return nil
}

// objects is the store in use.
func (m *Mirror) objects() *store {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.store
}

// catchUp sees what other processes did, to the objects or by replacing the directory; the caller holds the lock.
func (m *Mirror) catchUp() error {
	if s := m.objects(); s.isAt(m.dir) {
		s.refresh()
		return nil
	}
	return m.reopen()
}

// reopen turns to the directory as it is now. Reads under way on the old store fail and are tried again by read.
func (m *Mirror) reopen() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.store
	m.store = openStore(m.dir)
	return old.Close()
}
