package registry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

const mostRedirects = 5

// errPlain is a request that would go over the network unencrypted.
var errPlain = errors.New("it would be asked without encryption")

// wire sends requests: counted, under evenkeel's name, and unencrypted or unverified only to hosts that are named.
type wire struct {
	userAgent string
	insecure  []string
	// verified and lax are the same where Options.Transport is given.
	verified, lax http.RoundTripper
}

func newWire(o Options) *wire {
	w := &wire{userAgent: o.UserAgent, insecure: o.Insecure, verified: o.Transport, lax: o.Transport}
	if o.Transport == nil {
		verified := http.DefaultTransport.(*http.Transport).Clone()
		verified.MaxIdleConnsPerHost = o.InFlight
		verified.MaxResponseHeaderBytes = 256 << 10
		lax := verified.Clone()
		lax.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // only for hosts that were named
		w.verified, w.lax = verified, lax
	}
	return w
}

func (w *wire) isInsecure(host string) bool { return slices.Contains(w.insecure, host) }

// send sends one request on behalf of the registry h.
func (w *wire) send(h *host, r *http.Request) (*http.Response, error) {
	through := w.verified
	if w.isInsecure(r.URL.Host) {
		through = w.lax
	} else if r.URL.Scheme != "https" {
		return nil, errPlain
	}
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", w.userAgent)
	h.count()
	return through.RoundTrip(r)
}

func (w *wire) close() {
	for _, t := range []http.RoundTripper{w.verified, w.lax} {
		if own, ok := t.(interface{ CloseIdleConnections() }); ok {
			own.CloseIdleConnections()
		}
	}
}

// hostWire is the wire on behalf of one registry.
type hostWire struct {
	*wire
	host *host
}

func (w hostWire) RoundTrip(r *http.Request) (*http.Response, error) { return w.send(w.host, r) }

// follow decides on a redirect. It keeps an answer from outside from reaching what only this machine can reach.
func follow(r *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects {
		return fmt.Errorf("more than %d redirects", mostRedirects)
	}
	if r.URL.Hostname() == via[0].URL.Hostname() {
		return nil
	}
	address, err := netip.ParseAddr(strings.Trim(r.URL.Hostname(), "[]"))
	if err == nil {
		address = address.Unmap()
	}
	if err == nil && (address.IsLoopback() || address.IsLinkLocalUnicast() || address.IsUnspecified()) ||
		r.URL.Hostname() == "localhost" {
		return fmt.Errorf("it redirects to %s, an address of this machine's own", r.URL.Host)
	}
	return nil
}
