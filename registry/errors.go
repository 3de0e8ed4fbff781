package registry

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// What can be wrong, for errors.Is. The error texts around them say what to do.
var (
	// ErrUnauthorized: the registry wants credentials, or those there are do not open the repository.
	ErrUnauthorized = errors.New("access denied")
	// ErrNotFound: the registry has no such repository, tag or digest, or does not show it to these credentials.
	ErrNotFound = errors.New("not found")
	// ErrLimited: the registry wants to be asked less.
	ErrLimited = errors.New("rate limited")
	// ErrUnavailable: the registry did not answer, or said that it is in trouble.
	ErrUnavailable = errors.New("registry unavailable")
	// ErrInsecure: the registry can only be reached unencrypted or unverified, and is not named as one that may be.
	ErrInsecure = errors.New("connection not secure")
	// ErrInvalid: the answer is not one that a registry gives.
	ErrInvalid = errors.New("unexpected answer")
	// ErrTooLarge: the answer is longer than any that makes sense, and was cut.
	ErrTooLarge = errors.New("answer too large")
	// ErrDigest: what the registry gave for a digest is something else.
	ErrDigest = errors.New("digest mismatch")
	// ErrPlatform: the image does not exist for the platform.
	ErrPlatform = errors.New("no image for the platform")
	// ErrReference: the text does not name an image.
	ErrReference = errors.New("not an image name")
	// ErrCredentials: credentials that were found cannot be read.
	ErrCredentials = errors.New("unreadable credentials")
)

// Error says what could not be read, why, and what to do. It never carries a credential.
type Error struct {
	// Target is the repository or the image.
	Target string
	// Kind is one of the sentinel errors of this package.
	Kind error
	// Detail is what the registry or the system said, and what to do about it.
	Detail string
	// Status is the registry's HTTP status, 0 when it gave none.
	Status int
	// RetryAt is from when the registry is asked again, zero when that is up to who asks.
	RetryAt time.Time
	// Canceled is the context's error when that ended the work.
	Canceled error
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", e.Target, e.Kind)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if !e.RetryAt.IsZero() {
		text += "; asked again from " + e.RetryAt.UTC().Format(time.RFC3339)
	}
	return text
}

// Unwrap lets errors.Is find the kind and, when a context ended the work, its error.
func (e *Error) Unwrap() []error {
	if e.Canceled != nil {
		return []error{e.Kind, e.Canceled}
	}
	return []error{e.Kind}
}

// at makes an error of this package one about target, and any other one of kind.
func at(target fmt.Stringer, err error, kind error) error {
	if ended := canceled(err); ended != nil {
		return &Error{Target: target.String(), Kind: ErrUnavailable, Detail: "given up while waiting", Canceled: ended}
	}
	var known *Error
	if !errors.As(err, &known) {
		return &Error{Target: target.String(), Kind: kind, Detail: said(err)}
	}
	about := *known
	if about.Kind == ErrCredentials {
		about.Detail = known.Target + ": " + known.Detail
	}
	about.Target = target.String()
	return &about
}

// canceled is the error of the context that ended the work, if one did and was not the client's own time limit.
func canceled(err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known.Canceled
	}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			return end
		}
	}
	return nil
}

// query is the part of a URL that holds signatures and tokens.
var query = regexp.MustCompile(`\?[^\s"]*`)

// said is the text of an error from below, on one line, without the request it was for and without what URLs are
// signed with.
func said(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	return oneLine(query.ReplaceAllString(err.Error(), ""))
}

// oneLine shortens text from outside to what a message can hold.
func oneLine(text string) string {
	const most = 300
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
