package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/registry"
)

// fake is a registry that answers the handshake, and whatever the handler says to the rest.
func fake(t *testing.T, handler http.HandlerFunc) (host string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			return
		}
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func endless(prefix string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, prefix)
		for chunk := strings.Repeat(`"x",`, 16<<10); err == nil; {
			_, err = io.WriteString(w, chunk)
		}
	}
}

func TestTroubleIsTold(t *testing.T) {
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		timeout time.Duration
		kind    error
		says    string
	}{
		{name: "401", handler: status(401, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`), kind: registry.ErrUnauthorized, says: "log in"},
		{name: "403", handler: status(403, `{"errors":[{"code":"DENIED","message":"requested access is denied"}]}`), kind: registry.ErrUnauthorized, says: "DENIED: requested access is denied"},
		{name: "404", handler: status(404, `{"errors":[{"code":"NAME_UNKNOWN"}]}`), kind: registry.ErrNotFound, says: "NAME_UNKNOWN"},
		{name: "429", handler: status(429, ""), kind: registry.ErrLimited, says: "more to those who log in"},
		{name: "500", handler: status(500, "<html>\x1b[31moops"), kind: registry.ErrUnavailable, says: "Internal Server Error (500)"},
		{name: "503", handler: status(503, ""), kind: registry.ErrUnavailable, says: "503"},
		{name: "418", handler: status(418, ""), kind: registry.ErrInvalid, says: "teapot"},
		{name: "304 unasked", handler: status(304, ""), kind: registry.ErrInvalid, says: "304"},
		{name: "silence", handler: silent, timeout: 50 * time.Millisecond, kind: registry.ErrUnavailable, says: "no answer within 50ms"},
		{name: "a page of a website", handler: status(200, "<html>welcome</html>"), kind: registry.ErrInvalid, says: "not the JSON"},
		{name: "another shape", handler: status(200, `{"tags":{"a":1}}`), kind: registry.ErrInvalid, says: "not the JSON"},
		{name: "half an answer", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"tags":[`)
		}, kind: registry.ErrUnavailable, says: "EOF"},
		{name: "a body that never ends", handler: endless(`{"tags":[`), kind: registry.ErrTooLarge, says: "cut after 16 MiB"},
		{name: "an error that never ends", handler: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			endless(`{`)(w, r)
		}, kind: registry.ErrNotFound, says: "check the name"},
		{name: "redirects that never end", handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
		}, kind: registry.ErrUnavailable, says: "redirects"},
		{name: "a redirect into this machine", handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data?token=hidden", http.StatusTemporaryRedirect)
		}, kind: registry.ErrUnavailable, says: "redirects to 169.254.169.254"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := fake(t, test.handler)
			client := open(t, registry.Options{Insecure: []string{host}, Timeout: test.timeout})
			_, err := client.Tags(t.Context(), repository(t, host+"/shop/api"))
			if !errors.Is(err, test.kind) {
				t.Fatalf("it is %v, want %v", err, test.kind)
			}
			if text := err.Error(); !strings.Contains(text, test.says) || !strings.HasPrefix(text, host+"/shop/api: ") ||
				strings.ContainsAny(text, "\n\x1b") || strings.Contains(text, "hidden") || len(text) > 600 {
				t.Errorf("it says %q, without %q", text, test.says)
			}
			if state := client.Hosts()[0]; state.InFlight != 0 {
				t.Errorf("%d are still in flight", state.InFlight)
			}
		})
	}
}

func TestARegistryThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	host := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	for name, insecure := range map[string][]string{"named as insecure": {host}, "encrypted": nil} {
		t.Run(name, func(t *testing.T) {
			client := open(t, registry.Options{Insecure: insecure})
			_, err := client.Image(t.Context(), reference(t, host+"/shop/api:1"), registry.Platform{})
			if !errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), "refused") {
				t.Error(err)
			}
		})
	}
}

func TestConnectionsAreSecureUnlessNamed(t *testing.T) {
	answer := http.HandlerFunc(status(200, `{"tags":["1"]}`))
	plain, encrypted := httptest.NewServer(answer), httptest.NewUnstartedServer(answer)
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0) // that nobody trusts it is the point
	encrypted.StartTLS()
	defer plain.Close()
	defer encrypted.Close()
	for _, test := range []struct {
		name, url string
		says      string
	}{
		{"plain, on the loopback interface", plain.URL, "speaks plain HTTP"},
		{"unverified", encrypted.URL, "certificate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, host, _ := strings.Cut(test.url, "://")
			repo := repository(t, host+"/shop/api")
			_, err := open(t, registry.Options{Insecure: []string{"other.example.com"}}).Tags(t.Context(), repo)
			if !errors.Is(err, registry.ErrInsecure) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "name "+host) {
				t.Errorf("unnamed: %v", err)
			}
			if list, err := open(t, registry.Options{Insecure: []string{host}}).Tags(t.Context(), repo); err != nil || len(list.Tags) != 1 {
				t.Errorf("named: %v %v", list, err)
			}
		})
	}
}

func TestWhoAskedMayGiveUp(t *testing.T) {
	arrived := make(chan struct{})
	host := fake(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	client := open(t, registry.Options{Insecure: []string{host}, InFlight: 1})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := client.Tags(ctx, repository(t, host+"/shop/api"))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if state := client.Hosts()[0]; state.InFlight != 0 || state.Err != nil || !state.DownSince.IsZero() {
		t.Errorf("the registry is blamed: %+v", state)
	}
}

func TestLongTagLists(t *testing.T) {
	const all = 50_000
	tags := make([]string, all)
	for i := range tags {
		tags[i] = fmt.Sprintf("1.%d.%d", i/100, i%100)
	}
	write := func(w http.ResponseWriter, tags []string) {
		_ = json.NewEncoder(w).Encode(map[string]any{"name": "shop/api", "tags": tags})
	}
	paged := func(r *http.Request, w http.ResponseWriter, size int) {
		from := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("last"), &from)
		if end := from + size; end < all {
			w.Header().Set("Link", fmt.Sprintf(`</v2/shop/api/tags/list?n=%d&last=%d>; rel="next"`, size, end))
		}
		write(w, tags[from:min(all, from+size)])
	}
	for name, handler := range map[string]http.HandlerFunc{
		"one page":   func(w http.ResponseWriter, _ *http.Request) { write(w, tags) },
		"many pages": func(w http.ResponseWriter, r *http.Request) { paged(r, w, 500) },
		"a registry that allows fewer on a page": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("n") == "1000" {
				status(400, `{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}`)(w, r)
				return
			}
			paged(r, w, 600)
		},
		"a registry that does not know its name": func(w http.ResponseWriter, r *http.Request) {
			paged(r, w, 10_000)
			if link := w.Header().Get("Link"); link != "" {
				w.Header().Set("Link", strings.Replace(link, "</", "<https://internal.example.com/", 1))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			host := fake(t, handler)
			list, err := open(t, registry.Options{Insecure: []string{host}}).Tags(t.Context(), repository(t, host+"/shop/api"))
			if err != nil || len(list.Tags) != all {
				t.Errorf("%d tags: %v", len(list.Tags), err)
			}
		})
	}
}

func TestTagListsWithoutEnd(t *testing.T) {
	n := 0
	for _, test := range []struct {
		name string
		link func() string
		kind error
	}{
		{"in circles", func() string { return "</v2/shop/api/tags/list?last=a>" }, registry.ErrInvalid},
		{"ever on", func() string { n++; return fmt.Sprintf("</v2/shop/api/tags/list?last=%d>", n) }, registry.ErrTooLarge},
		{"out of the registry", func() string { return "</login>" }, registry.ErrInvalid},
		{"nowhere", func() string { return "next" }, registry.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := fake(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Link", test.link())
				_, _ = io.WriteString(w, `{"tags":["a"]}`)
			})
			_, err := open(t, registry.Options{Insecure: []string{host}}).Tags(t.Context(), repository(t, host+"/shop/api"))
			if !errors.Is(err, test.kind) {
				t.Errorf("%v, want %v", err, test.kind)
			}
		})
	}
}

func TestTagsThatAreNone(t *testing.T) {
	tags := []string{"1.0", "", "-x", "a/b", "a b", "1.0", "\x1b[31mred", strings.Repeat("x", 200), "ünder", "1.1+build", "../../x"}
	host := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"tags": tags})
	})
	list, err := open(t, registry.Options{Insecure: []string{host}}).Tags(t.Context(), repository(t, host+"/shop/api"))
	if err != nil || len(list.Tags) != 1 || list.Tags[0] != "1.0" || list.Invalid != len(tags)-2 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestPagesThatAreTheSameAreNotSentAgain(t *testing.T) {
	pages := map[string]string{"": "a", "a": "b", "b": ""} // what follows what
	second := "1"
	var asked record
	host := fake(t, func(w http.ResponseWriter, r *http.Request) {
		last := r.URL.Query().Get("last")
		tag := map[string]string{"": "0", "a": second, "b": "2"}[last]
		etag := `"` + last + tag + `"`
		if next := pages[last]; next != "" {
			w.Header().Set("Link", "</v2/shop/api/tags/list?n=1000&last="+next+">; rel=next")
		}
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			asked.note("same")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		asked.note("sent")
		_, _ = fmt.Fprintf(w, `{"tags":[%q]}`, tag)
	})
	options := registry.Options{Insecure: []string{host}, CacheDir: t.TempDir()}
	client := open(t, options)
	for _, step := range []struct {
		second, want string
		unchanged    bool
		reopen       bool
	}{
		{"1", "sent sent sent", false, false},
		{"1", "same same same", true, false},
		{"1.1", "same sent same", false, false},
		{"1.1", "same same same", true, true},
	} {
		second = step.second
		if step.reopen {
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
			client = open(t, options)
		}
		list, err := client.Tags(t.Context(), repository(t, host+"/shop/api"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(list.Tags, " "); got != "0 "+second+" 2" || list.Unchanged != step.unchanged {
			t.Errorf("%+v", list)
		}
		if got := strings.Join(asked.take(), " "); got != step.want {
			t.Errorf("pages were %s, want %s", got, step.want)
		}
	}
}
