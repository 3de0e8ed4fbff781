package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// wireRemote is a repository behind HTTP or SSH.
type wireRemote struct {
	address     address
	credentials Credentials
	login       login
}

// unborn cannot be asked: servers tell what HEAD names once it exists.
func (w *wireRemote) unborn() string { return fallbackBranch }

// wireConnection is a session that has read the references.
type wireConnection struct {
	address    address
	session    transport.UploadPackSession
	advertised *packp.AdvRefs
}

func (w *wireRemote) connect(ctx context.Context) (connection, error) {
	var made *wireConnection
	err := w.withLogin(ctx, func(client transport.Transport, at *transport.Endpoint, auth transport.AuthMethod) error {
		session, advertised, err := dial(ctx, func() (transport.UploadPackSession, error) {
			return client.NewUploadPackSession(at, auth)
		})
		if err != nil {
			return err
		}
		made = &wireConnection{address: w.address, session: session, advertised: advertised}
		return nil
	})
	if err != nil {
		return nil, w.explain(err)
	}
	return made, nil
}

// dial opens a session and reads its references. go-git connects without a context, so that part runs beside, and is
// closed when it comes too late; the operating system ends it.
func dial[S transport.Session](ctx context.Context, open func() (S, error)) (S, *packp.AdvRefs, error) {
	type opened struct {
		session S
		err     error
	}
	result := make(chan opened, 1)
	go func() {
		session, err := open()
		result <- opened{session, err}
	}()
	var got opened
	select {
	case got = <-result:
	case <-ctx.Done():
		go func() {
			if late := <-result; late.err == nil {
				_ = late.session.Close()
			}
		}()
		return got.session, nil, ctx.Err()
	}
	if got.err != nil {
		return got.session, nil, got.err
	}
	advertised, err := got.session.AdvertisedReferencesContext(ctx)
	if err != nil {
		_ = got.session.Close()
		return got.session, nil, err
	}
	return got.session, advertised, nil
}

func (c *wireConnection) Close() error { return c.session.Close() }

func (c *wireConnection) defaultBranch() string {
	for _, symref := range c.advertised.Capabilities.Get(capability.SymRef) {
		if branch, ok := strings.CutPrefix(symref, "HEAD:refs/heads/"); ok {
			return branch
		}
	}
	return ""
}

func (c *wireConnection) find(name string) (plumbing.Hash, bool) {
	id, ok := c.advertised.References[name]
	return id, ok
}

func (c *wireConnection) branches(prefix string) map[string]plumbing.Hash {
	found := map[string]plumbing.Hash{}
	for name, id := range c.advertised.References {
		if branch, ok := strings.CutPrefix(name, "refs/heads/"); ok && strings.HasPrefix(branch, prefix) {
			found[branch] = id
		}
	}
	return found
}

func (c *wireConnection) fetch(ctx context.Context, s *store, wants, haves []plumbing.Hash) error {
	request := packp.NewUploadPackRequestFromCapabilities(c.advertised.Capabilities)
	if c.advertised.Capabilities.Supports(capability.NoProgress) {
		if err := request.Capabilities.Set(capability.NoProgress); err != nil {
			return c.address.fail(ErrUnreachable, err, "")
		}
	}
	request.Wants, request.Haves = wants, haves
	response, err := c.session.UploadPack(ctx, request)
	if err != nil {
		return c.address.fail(ErrUnreachable, err, "fetching broke off; it is tried again at the next fetch")
	}
	defer response.Close()
	if err := s.receive(demultiplex(request.Capabilities, response)); err != nil {
		return c.address.fail(ErrUnreachable, err, "what the remote sent could not be stored; it is fetched again next time")
	}
	return nil
}

// demultiplex takes the pack out of the channel that carries progress and errors as well.
func demultiplex(capabilities *capability.List, stream io.Reader) io.Reader {
	switch {
	case capabilities.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, stream)
	case capabilities.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, stream)
	default:
		return stream
	}
}

func (w *wireRemote) push(ctx context.Context, s *store, p push) error {
	err := w.withLogin(ctx, func(client transport.Transport, at *transport.Endpoint, auth transport.AuthMethod) error {
		return pushOver(ctx, w.address, s, p, func() (transport.ReceivePackSession, error) {
			return client.NewReceivePackSession(at, auth)
		})
	})
	if err == nil || errors.Is(err, ErrStale) || errors.Is(err, ErrNoBranch) || errors.Is(err, ErrRejected) {
		return err
	}
	return w.explain(err)
}

// pushOver runs Git's push protocol on a session.
func pushOver(ctx context.Context, at address, s *store, p push, open func() (transport.ReceivePackSession, error)) (err error) {
	session, advertised, err := dial(ctx, open)
	if err != nil {
		return err
	}
	defer session.Close()

	known := map[plumbing.Hash]bool{}
	for _, id := range advertised.References {
		known[id] = true
	}
	now, exists := advertised.References[branchRef(p.branch)]
	if err := p.fits(at, now, exists); err != nil {
		return err
	}
	var pack io.ReadCloser
	if !p.commit.IsZero() {
		missing, err := lacking(s, p.commit, p.onto, known)
		if err != nil {
			return err
		}
		packed, err := s.pack(missing)
		if err != nil {
			return err
		}
		pack = io.NopCloser(bytes.NewReader(packed))
	}

	var words bytes.Buffer
	request := packp.NewReferenceUpdateRequestFromCapabilities(advertised.Capabilities)
	for _, channel := range []capability.Capability{capability.Sideband64k, capability.Sideband} {
		if advertised.Capabilities.Supports(channel) {
			if err := request.Capabilities.Set(channel); err != nil {
				return err
			}
			break
		}
	}
	request.Progress = &words
	request.Commands = []*packp.Command{{
		Name: plumbing.ReferenceName(branchRef(p.branch)),
		Old:  p.onto,
		New:  p.commit,
	}}
	request.Packfile = pack
	report, err := session.ReceivePack(ctx, request)
	if report != nil && report.Error() != nil {
		return rejected(at, report, words.String())
	}
	return err
}

// fits checks the push against where the branch is, before anything is sent.
func (p push) fits(at address, now plumbing.Hash, exists bool) error {
	switch {
	case !exists && !p.onto.IsZero():
		return at.fail(ErrNoBranch, nil, fmt.Sprintf("the remote no longer has the branch %q", p.branch))
	case now != p.onto:
		return at.stale(p, now)
	}
	return nil
}

func (a address) stale(p push, now plumbing.Hash) error {
	return a.fail(ErrStale, nil, fmt.Sprintf("%s is at %s, not at %s", p.branch, place(now), place(p.onto)))
}

func place(id plumbing.Hash) string {
	if id.IsZero() {
		return "its first commit still to come"
	}
	return hashOf(id).Short()
}

// rejected words the server's refusal: its messages, and what it said about the branch.
func rejected(at address, report *packp.ReportStatus, words string) error {
	var said []string
	for _, line := range strings.FieldsFunc(words, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			said = append(said, line)
		}
	}
	if report.UnpackStatus != "ok" {
		said = append(said, report.UnpackStatus)
	}
	for _, status := range report.CommandStatuses {
		if status.Status != "ok" {
			said = append(said, status.Status)
		}
	}
	kind := ErrRejected
	text := strings.Join(said, ": ")
	if strings.Contains(strings.ToLower(text), "protected") {
		kind = ErrProtected // GitHub, GitLab and Gitea all use the word
	}
	return at.fail(kind, errors.New(text), "")
}

// lacking lists the objects of commit that a repository with the known commits does not have. The history of commit must
// lead to onto: a push never takes commits away.
func lacking(s *store, commit, onto plumbing.Hash, known map[plumbing.Hash]bool) ([]plumbing.Hash, error) {
	if known[commit] { // another branch of the remote has it already
		if follows, err := continues(s, commit, onto); err != nil || follows {
			return nil, err
		}
	}
	found := &collection{store: s, seen: map[plumbing.Hash]bool{}, compared: map[[2]plumbing.Hash]bool{}}
	reached := onto.IsZero()
	pending := []plumbing.Hash{commit}
	for len(pending) > 0 {
		id := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if id == onto {
			reached = true
		}
		if id == onto || known[id] || found.seen[id] {
			continue
		}
		n, err := found.commit(id)
		if err != nil {
			return nil, err
		}
		var base plumbing.Hash
		if len(n.parents) > 0 {
			parent, err := nodeIn(s, n.parents[0])
			if err != nil {
				return nil, err
			}
			base = parent.tree
		}
		if err := found.treeSince(n.tree, base); err != nil {
			return nil, err
		}
		pending = append(pending, n.parents...)
	}
	if !reached {
		return nil, fmt.Errorf("commit %s does not continue %s, so pushing it would take commits away", commit, onto)
	}
	return found.ids, nil
}

// continues tells whether the history of commit leads to onto.
func continues(s *store, commit, onto plumbing.Hash) (bool, error) {
	seen := map[plumbing.Hash]bool{}
	for pending := []plumbing.Hash{commit}; len(pending) > 0; {
		id := pending[0]
		pending = pending[1:]
		if id == onto || onto.IsZero() {
			return true, nil
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		n, err := nodeIn(s, id)
		if err != nil {
			return false, err
		}
		pending = append(pending, n.parents...)
	}
	return false, nil
}

// collection gathers objects to send.
type collection struct {
	store *store
	seen  map[plumbing.Hash]bool
	ids   []plumbing.Hash
	// compared are the trees that were walked, each with its base: a tree that comes back after a revert differs from
	// another base in other things.
	compared map[[2]plumbing.Hash]bool
}

func nodeIn(s *store, id plumbing.Hash) (node, error) {
	_, content, err := s.read(id)
	if err != nil {
		return node{}, fmt.Errorf("reading commit %s: %w", id, err)
	}
	return parseNode(content)
}

func (c *collection) add(id plumbing.Hash) {
	if c.seen[id] {
		return
	}
	c.seen[id] = true
	c.ids = append(c.ids, id)
}

func (c *collection) commit(id plumbing.Hash) (node, error) {
	c.add(id)
	return nodeIn(c.store, id)
}

// treeSince adds a tree and what is in it, except what the base has at the same place.
func (c *collection) treeSince(id, base plumbing.Hash) error {
	if id == base || c.compared[[2]plumbing.Hash{id, base}] {
		return nil
	}
	c.compared[[2]plumbing.Hash{id, base}] = true
	entries, err := treeIn(c.store, id)
	if err != nil {
		return err
	}
	before, err := treeIn(c.store, base)
	if err != nil {
		return err
	}
	c.add(id)
	for _, e := range entries {
		old, _ := find(before, e.name)
		switch {
		case e.id == old.id || e.mode == modeSubmodule:
		case e.isDir():
			if !old.isDir() {
				old.id = plumbing.ZeroHash
			}
			if err := c.treeSince(e.id, old.id); err != nil {
				return err
			}
		default:
			c.add(e.id)
		}
	}
	return nil
}

func treeIn(s *store, id plumbing.Hash) ([]entry, error) {
	if id.IsZero() {
		return nil, nil
	}
	_, content, err := s.read(id)
	if err != nil {
		return nil, fmt.Errorf("reading tree %s: %w", id, err)
	}
	return parseTree(content)
}
