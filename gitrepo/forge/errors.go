package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// What can be wrong with a forge, for errors.Is. The error texts around them say what to do.
var (
	// ErrAuth: there is no token, or it does not open the repository.
	ErrAuth = errors.New("access denied")
	// ErrNotFound: the forge has no such repository or pull request, or none that the token may see.
	ErrNotFound = errors.New("not found")
	// ErrExists: there is an open pull request of the branch already.
	ErrExists = errors.New("there is one already")
	// ErrRefused: the forge does not do what was asked for.
	ErrRefused = errors.New("refused")
	// ErrLimited: it was asked too often.
	ErrLimited = errors.New("asked too often")
	// ErrUnreachable: the forge did not answer, or not as one.
	ErrUnreachable = errors.New("unreachable")
)

// Error says what a forge did not do, why, and what to do about it. It never carries a credential.
type Error struct {
	// URL is the repository's page.
	URL string
	// Kind is one of the sentinel errors of this package.
	Kind error
	// Detail is what the forge or the system said, and what to do about it.
	Detail string
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("%s: %v", e.URL, e.Kind)
	}
	return fmt.Sprintf("%s: %v: %s", e.URL, e.Kind, e.Detail)
}

// Unwrap lets errors.Is find the kind.
func (e *Error) Unwrap() error { return e.Kind }

// refusal is an answer that is none, as a client took it apart.
type refusal struct {
	status int
	words  string
}

func (r *refusal) Error() string { return r.words }

func (f *Forge) fail(kind error, detail string) *Error {
	return &Error{URL: f.web.JoinPath(f.project).String(), Kind: kind, Detail: detail}
}

// explain turns what a client returned into an Error. Only texts are kept, without the token: an error of a connection
// may hold the request, and the request its header.
func (f *Forge) explain(err error, o opener) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	var said *refusal
	if !errors.As(err, &said) {
		var request *url.Error
		if errors.As(err, &request) {
			err = request.Err // the URL is in front of the text already
		}
		return f.fail(ErrUnreachable, o.scrub(err.Error()))
	}
	words := o.scrub(said.words)
	switch {
	case said.status == http.StatusTooManyRequests, said.status == http.StatusForbidden && strings.Contains(strings.ToLower(words), "rate limit"):
		return f.fail(ErrLimited, words)
	case said.status == http.StatusUnauthorized, said.status == http.StatusForbidden:
		f.remember(opener{}) // another may be there by now
		advice := f.advice()
		if o.secret != "" {
			advice = fmt.Sprintf("%s does not allow it; %s", o.from, advice)
		}
		return f.fail(ErrAuth, fmt.Sprintf("%s (%d); %s", words, said.status, advice))
	case said.status == http.StatusNotFound:
		return f.fail(ErrNotFound, strings.TrimPrefix(words+"; check the repository's URL, and that the token may see the repository", "; "))
	case said.status >= 500, said.status < 400:
		return f.fail(ErrUnreachable, fmt.Sprintf("%s (%d)", words, said.status))
	case strings.Contains(words, "already exists"):
		return f.fail(ErrExists, words)
	}
	return f.fail(ErrRefused, fmt.Sprintf("%s (%d)", words, said.status))
}

// longestWords bounds what is told of an answer: a server that is no forge may send a page.
const longestWords = 300

// scrub takes the secret out of a text, and makes one line of it.
func (o opener) scrub(text string) string {
	if len(o.secret) >= 4 {
		text = strings.ReplaceAll(text, o.secret, "***")
	}
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(text) > longestWords {
		text = strings.ToValidUTF8(text[:longestWords], "") + "…"
	}
	return text
}
