package gitrepo

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
	gitssh "github.com/go-git/go-git/v5/plumbing/transport/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// login remembers what opened the repository.
type login struct {
	mu   sync.Mutex
	auth transport.AuthMethod
}

func (l *login) get() transport.AuthMethod {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.auth
}

func (l *login) set(auth transport.AuthMethod) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.auth = auth
}

// attempt is one try at a remote, with or without credentials.
type attempt func(client transport.Transport, at *transport.Endpoint, auth transport.AuthMethod) error

// withLogin tries with what is at hand, and once more with what Git's credential helpers know when that is refused.
// A public repository thus never sees a credential.
func (w *wireRemote) withLogin(ctx context.Context, try attempt) error {
	endpoint := func() *transport.Endpoint {
		// Without user and password: those go into the AuthMethod alone. It is made anew for each attempt, as a
		// redirect is written into it.
		return &transport.Endpoint{Protocol: w.address.scheme, Host: bracketed(w.address.host), Port: w.address.port, Path: w.address.path}
	}
	if w.address.scheme == "ssh" {
		auth, err := newSSHAuth(w.address, w.credentials)
		if err != nil {
			return err
		}
		defer auth.close()
		at := endpoint()
		at.Host, at.User = w.address.host, w.address.username
		return try(gitssh.DefaultClient, at, auth)
	}
	auth := w.login.get()
	if auth == nil {
		auth = firstLogin(w.address)
	}
	err := try(githttp.DefaultClient, endpoint(), auth)
	if denied(err) {
		w.login.set(nil)
		if helped := credentialHelper(ctx, w.address); helped != nil {
			auth = helped
			err = try(githttp.DefaultClient, endpoint(), auth)
		}
	}
	if err == nil {
		w.login.set(auth)
	}
	return err
}

func denied(err error) bool {
	return errors.Is(err, transport.ErrAuthenticationRequired) || errors.Is(err, transport.ErrAuthorizationFailed)
}

func bracketed(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return "[" + host + "]"
	}
	return host
}

// explain turns a transport's error into a FetchError that says what to do.
func (w *wireRemote) explain(err error) error {
	var already *FetchError
	var unknown *knownhosts.KeyError
	switch {
	case errors.As(err, &already):
		return already
	case errors.As(err, &unknown):
		return w.address.fail(ErrHostKey, err, hostKeyAdvice(w.address, unknown))
	case denied(err), isSSHDenied(err):
		return w.address.fail(ErrAuth, err, w.authAdvice())
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return w.address.fail(ErrNotFound, nil, "check the URL, and that these credentials may read the repository")
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return w.address.fail(ErrEmpty, nil, "push a first commit to it")
	default:
		return w.address.fail(ErrUnreachable, err, "")
	}
}

func (w *wireRemote) authAdvice() string {
	if w.address.scheme == "ssh" {
		return "load a key that the server knows into the SSH agent, or name its file"
	}
	return "give a token, or store one with a Git credential helper or in .netrc"
}
