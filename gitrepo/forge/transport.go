package forge

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// newHTTPClient makes what the clients of every kind ask with.
func newHTTPClient() *http.Client {
	return &http.Client{
		Timeout:   patience,
		Transport: &conditional{next: http.DefaultTransport, kept: map[string]answer{}},
		CheckRedirect: func(to *http.Request, before []*http.Request) error {
			if first := before[0].URL; to.URL.Host != first.Host || to.URL.Scheme != first.Scheme {
				// Not every forge takes its token in the header that is left out of such a request.
				return fmt.Errorf("it sends on to %s: if that is where it is now, say so in repository.forgeURL", to.URL.Host)
			}
			if len(before) > 5 {
				return fmt.Errorf("it sends on again and again")
			}
			return nil
		},
	}
}

// The bounds of what conditional keeps.
const (
	keptAnswers = 50
	keptBytes   = 1 << 20
)

// conditional asks for what was answered before only in case that it has changed. The servers that can tell do not count
// such a question.
type conditional struct {
	next http.RoundTripper

	mu   sync.Mutex
	kept map[string]answer // by URL
}

type answer struct {
	tag    string
	header http.Header
	body   []byte
}

// RoundTrip sends a request.
func (c *conditional) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return c.next.RoundTrip(r)
	}
	c.mu.Lock()
	before, known := c.kept[r.URL.String()]
	c.mu.Unlock()
	if known {
		r = r.Clone(r.Context())
		r.Header.Set("If-None-Match", before.tag)
	}
	response, err := c.next.RoundTrip(r)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusNotModified && known:
		_ = response.Body.Close()
		response.StatusCode, response.Status = http.StatusOK, "200 OK"
		response.Header = before.header
		response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(before.body)), int64(len(before.body))
		return response, nil
	case response.StatusCode != http.StatusOK || response.Header.Get("ETag") == "":
		return response, nil
	}
	if err := c.keep(r.URL.String(), response); err != nil {
		return nil, err
	}
	return response, nil
}

// keep reads an answer for the next time, and puts what was read back in its place.
func (c *conditional) keep(url string, response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, keptBytes+1))
	if err != nil {
		_ = response.Body.Close()
		return err
	}
	rest := response.Body
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), rest), rest}
	if len(body) > keptBytes {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= keptAnswers {
		clear(c.kept)
	}
	c.kept[url] = answer{tag: response.Header.Get("ETag"), header: response.Header.Clone(), body: body}
	return nil
}
