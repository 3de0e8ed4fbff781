package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// request is one call to the API server.
type request struct {
	method      string
	path        string // below the server's address, unescaped
	query       url.Values
	contentType string
	accept      string // empty: application/json
	etag        string
	body        []byte
}

const (
	maxAnswer     = 64 << 20 // more than the server can store in any object
	maxErrorBody  = 1 << 20
	maxThrottled  = 5
	mimeJSON      = "application/json"
	mimeApply     = "application/apply-patch+yaml"
	mimeJSONPatch = "application/json-patch+json"
)

// send makes a request and returns an answer of status 200 to 304, whose body
// the caller closes, or an error in the server's words. Being told to slow
// down and renewed credentials are dealt with here.
func (c *Cluster) send(ctx context.Context, r request) (*http.Response, error) {
	renewed := false
	for throttled := 0; ; {
		conn := c.connection()
		resp, err := conn.do(ctx, r)
		if err != nil {
			if ctx.Err() == nil && c.reload(conn) && !renewed {
				renewed = true
				continue
			}
			return nil, unreachable(err)
		}
		if resp.StatusCode < http.StatusBadRequest {
			return resp, nil
		}
		err = readError(resp, r)
		switch {
		case resp.StatusCode == http.StatusUnauthorized && !renewed:
			// Credential plugins renew themselves on the first refusal, files
			// are read again: either way the second try is worth it.
			renewed = true
			c.reload(conn)
		case resp.StatusCode == http.StatusTooManyRequests && throttled < maxThrottled:
			throttled++
			if !sleep(ctx, retryAfter(resp)) {
				return nil, err
			}
		default:
			return nil, err
		}
	}
}

// fetch makes a request and returns the whole body of the answer.
func (c *Cluster) fetch(ctx context.Context, r request) ([]byte, error) {
	resp, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if resp.ContentLength > 0 && resp.ContentLength < maxAnswer {
		body.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return nil, unreachable(fmt.Errorf("reading the answer: %w", err))
	}
	return body.Bytes(), nil
}

func (conn *connection) do(ctx context.Context, r request) (*http.Response, error) {
	u := conn.base.JoinPath(r.path)
	u.RawQuery = r.query.Encode()
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if r.accept == "" {
		r.accept = mimeJSON
	}
	req.Header.Set("Accept", r.accept)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.etag != "" {
		req.Header.Set("If-None-Match", r.etag)
	}
	return conn.client.Do(req)
}

// readError turns an error answer into an error that apierrors understands.
func readError(resp *http.Response, r request) error {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		body = nil
	}
	status := metav1.Status{}
	if json.Unmarshal(body, &status) == nil && status.Kind == "Status" && status.Status != metav1.StatusSuccess {
		return &apierrors.StatusError{ErrStatus: status}
	}
	text := string(bytes.TrimSpace(body))
	if text == "" {
		text = http.StatusText(resp.StatusCode)
	}
	answer := apierrors.NewGenericServerResponse(resp.StatusCode, r.method, metav1.SchemeGroupVersion.WithResource("").GroupResource(), "", text, 0, true)
	answer.ErrStatus.Message = text
	return answer
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		seconds = 1
	}
	return time.Duration(min(seconds, 10)) * time.Second
}

// sleep waits and reports whether the context still stands.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// unreachableError is a request that got no answer.
type unreachableError struct{ err error }

func (e *unreachableError) Error() string { return e.err.Error() }
func (e *unreachableError) Unwrap() error { return e.err }

func unreachable(err error) error {
	// The address in front of net/http's message repeats what is said around it.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return &unreachableError{err: err}
}
