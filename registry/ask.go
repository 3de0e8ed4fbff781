package registry

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// errorLimit is how much is read of an answer that is not the one wanted.
const errorLimit = 64 << 10

// question is one request to a registry.
type question struct {
	method string
	// path is below the host, with the query.
	path   string
	header http.Header
	// most is how long the answer may be.
	most int64
}

// answer is what a registry answered, whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask asks one question within the pool of the host and the time a request may take. An answer that is not 200 or
// 304 is an error.
func (c *Client) ask(ctx context.Context, s *session, q question) (answer, error) {
	if err := s.host.enter(ctx); err != nil {
		return answer{}, err
	}
	limited, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	got, err := exchange(limited, s, q)
	if err != nil && ctx.Err() != nil {
		s.host.leave(verdict{})
		return answer{}, ctx.Err()
	}
	v, trouble := c.judge(s, q, got, err)
	s.host.leave(v)
	if trouble != nil {
		return answer{}, trouble
	}
	return got, nil
}

func exchange(ctx context.Context, s *session, q question) (answer, error) {
	response, err := s.do(ctx, q.method, q.path, q.header)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	got := answer{status: response.StatusCode, header: response.Header}
	if response.StatusCode != http.StatusOK {
		// How much of it there is does not matter, nor whether it ends well.
		got.body, _ = io.ReadAll(io.LimitReader(response.Body, errorLimit))
		return got, nil
	}
	got.body, err = io.ReadAll(io.LimitReader(response.Body, q.most+1))
	if int64(len(got.body)) > q.most {
		return answer{}, &Error{Kind: ErrTooLarge, Detail: fmt.Sprintf("cut after %d MiB", q.most>>20)}
	}
	return got, err
}

// judge tells what an exchange means for the one who asked, and for the host.
func (c *Client) judge(s *session, q question, got answer, err error) (verdict, error) {
	if err != nil {
		return c.judgeError(s, err)
	}
	if got.status == http.StatusOK || got.status == http.StatusNotModified && q.header.Get("If-None-Match") != "" {
		return verdict{answered: true}, nil
	}
	return c.judgeStatus(s, got.status, got.header, got.body)
}

func (c *Client) judgeStatus(s *session, status int, header http.Header, body []byte) (verdict, error) {
	trouble := &Error{Target: s.repository.String(), Kind: ErrInvalid, Status: status}
	v := verdict{answered: true}
	words := []string{http.StatusText(status) + " (" + strconv.Itoa(status) + ")", s.quote(diagnostics(body))}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		trouble.Kind = ErrUnauthorized
		words = append(words, s.login.advice())
	case status == http.StatusNotFound:
		trouble.Kind = ErrNotFound
		words = append(words, "check the name, or whether these credentials may see it ("+s.login.who()+")")
	case status == http.StatusTooManyRequests:
		trouble.Kind = ErrLimited
		v = verdict{err: trouble, limited: true, retryAfter: c.retryAfter(header)}
		if s.login.Login == (Login{}) {
			words = append(words, "registries allow more to those who log in")
		}
	case status >= http.StatusInternalServerError:
		trouble.Kind = ErrUnavailable
		v = verdict{err: trouble, retryAfter: c.retryAfter(header)}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	trouble.Detail = strings.Join(words, "; ")
	return v, trouble
}

func (c *Client) judgeError(s *session, err error) (verdict, error) {
	var status *transport.Error
	if errors.As(err, &status) {
		// The handshake, or the token service, answered something else.
		body, _ := json.Marshal(map[string]any{"errors": status.Errors})
		var header http.Header
		return c.judgeStatus(s, status.StatusCode, header, body)
	}
	trouble := &Error{Target: s.repository.String(), Kind: ErrUnavailable, Detail: s.quote(said(err))}
	var known *Error
	var untrusted *tls.CertificateVerificationError
	var unreached *net.OpError
	switch {
	case errors.As(err, &known):
		trouble.Kind, trouble.Detail = known.Kind, s.quote(known.Detail)
		return verdict{answered: true}, trouble
	case errors.Is(err, http.ErrSchemeMismatch):
		trouble.Kind = ErrInsecure
		trouble.Detail = "it speaks plain HTTP; give it TLS, or name " + s.registry.RegistryStr() + " as an insecure registry"
	case errors.As(err, &untrusted):
		trouble.Kind = ErrInsecure
		trouble.Detail = s.quote(said(untrusted.Err)) + "; trust its authority, or name " + s.registry.RegistryStr() + " as an insecure registry"
	case errors.Is(err, context.DeadlineExceeded):
		trouble.Detail = "no answer within " + c.options.Timeout.String()
	case errors.As(err, &unreached) && unreached.Op == "dial":
		// A registry on this machine is tried without encryption after that,
		// which is refused but not what is wrong.
	case errors.Is(err, errPlain):
		trouble.Kind = ErrInsecure
		trouble.Detail += "; name the host as an insecure registry if that is meant"
	}
	return verdict{err: trouble}, trouble
}

// retryAfter is how long the registry wants to be left alone, 0 when it does not say.
func (c *Client) retryAfter(header http.Header) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(c.options.Now()))
	}
	return 0
}

// diagnostics is what a registry says is wrong, in its own words, when it says so in the form that the protocol has.
func diagnostics(body []byte) string {
	var said transport.Error
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	var words []string
	for _, d := range said.Errors {
		words = append(words, strings.TrimSuffix(string(d.Code)+": "+d.Message, ": "))
	}
	return oneLine(query.ReplaceAllString(strings.Join(words, ", "), ""))
}

// quote is text from outside, unless it repeats what is secret.
func (s *session) quote(text string) string {
	for _, secret := range s.secrets() {
		if strings.Contains(text, secret) {
			return "(its words are withheld, they repeat a credential)"
		}
	}
	return text
}
