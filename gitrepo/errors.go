package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// What can be wrong with a repository, for errors.Is. The error texts around them say what to do.
var (
	// ErrAuth: the remote wants credentials, or those given do not open the repository.
	ErrAuth = errors.New("access denied")
	// ErrHostKey: the SSH server's key is not in known_hosts, or is another than there.
	ErrHostKey = errors.New("host key not trusted")
	// ErrNotFound: there is no repository at the URL, or none that these credentials may see.
	ErrNotFound = errors.New("repository not found")
	// ErrEmpty: the repository has no commit yet.
	ErrEmpty = errors.New("repository is empty")
	// ErrNoBranch: the repository does not have the branch, or lost it.
	ErrNoBranch = errors.New("branch not found")
	// ErrUnreachable: the remote did not answer, or not as a Git server does.
	ErrUnreachable = errors.New("repository unreachable")
	// ErrNoRevision: neither the mirror nor the remote knows the revision.
	ErrNoRevision = errors.New("revision not found")
	// ErrStale: the branch has moved and what was to be pushed no longer fits on it.
	ErrStale = errors.New("the branch has moved")
	// ErrRejected: the server refused the push, by a hook or a protected branch.
	ErrRejected = errors.New("push rejected")
	// ErrProtected is the ErrRejected of a branch that nobody may push to.
	ErrProtected = fmt.Errorf("%w: the branch is protected", ErrRejected)
	// ErrNoChange: the commit would leave every file as it is.
	ErrNoChange = errors.New("nothing to commit")
)

// FetchError says that the remote could not be read or written, why, and what to do. It never carries a credential.
type FetchError struct {
	// URL is the repository's, without credentials.
	URL string
	// Kind is one of the sentinel errors of this package.
	Kind error
	// Detail is what the server or the system said, and what to do about it.
	Detail string
	// Canceled is the context's error when that ended the work.
	Canceled error
}

func (e *FetchError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("%s: %v", e.URL, e.Kind)
	}
	return fmt.Sprintf("%s: %v: %s", e.URL, e.Kind, e.Detail)
}

// Unwrap lets errors.Is find the kind and, when a context ended the work, its error.
func (e *FetchError) Unwrap() []error {
	if e.Canceled != nil {
		return []error{e.Kind, e.Canceled}
	}
	return []error{e.Kind}
}

// fail makes the FetchError for the remote at a. Only the text of cause is kept, without credentials: an error from a
// transport may hold the request, and the request its header.
func (a address) fail(kind error, cause error, advice string) *FetchError {
	e := &FetchError{URL: a.display, Kind: kind}
	var parts []string
	if cause != nil {
		said := cause
		// The URL is in front of the text already.
		var request *url.Error
		if errors.As(cause, &request) {
			said = request.Err
		}
		parts = append(parts, strings.TrimRight(a.scrub(said.Error()), ": \n"))
		for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
			if errors.Is(cause, end) {
				e.Canceled = end
			}
		}
	}
	if advice != "" {
		parts = append(parts, a.scrub(advice))
	}
	e.Detail = strings.Join(parts, "; ")
	return e
}

var userinfo = regexp.MustCompile(`://[^/@\s"']+@`)

// scrub takes credentials out of a text: the address's own, and the user part of any URL.
func (a address) scrub(text string) string {
	for _, secret := range a.secrets() {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return userinfo.ReplaceAllString(text, "://")
}
