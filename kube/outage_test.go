package kube_test

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/evenkeel/evenkeel/kube"
	"github.com/evenkeel/evenkeel/testdata/controlplane/controlplanetest"
)

// gate is a proxy in front of the API server at which things go wrong.
type gate struct {
	*httptest.Server
	mu      sync.Mutex
	token   string                                                   // that is accepted; "" accepts everybody
	instead func(w http.ResponseWriter, r *http.Request) (done bool) // answers in the server's place
	seen    []string                                                 // what was asked
}

func newGate(t *testing.T) *gate {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", controlplanetest.ForTest(t).Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	proxy := &httputil.ReverseProxy{
		Transport:     transport,
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Authorization")
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.seen = append(g.seen, r.Method+" "+r.URL.Path)
		token, instead := g.token, g.instead
		g.mu.Unlock()
		if token != "" && r.Header.Get("Authorization") != "Bearer "+token {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`)
			return
		}
		if instead == nil || !instead(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	g.EnableHTTP2 = true
	g.StartTLS()
	t.Cleanup(func() {
		g.CloseClientConnections()
		g.Close()
	})
	return g
}

// misbehave sets what is answered from now on, and cuts all connections.
func (g *gate) misbehave(instead func(w http.ResponseWriter, r *http.Request) bool) {
	g.mu.Lock()
	g.instead = instead
	g.mu.Unlock()
	g.CloseClientConnections()
}

func (g *gate) demand(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.token = token
}

func (g *gate) kubeconfig(token string) string {
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.Certificate().Raw})
	return fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: gate, contexts: [{name: gate, context: {cluster: gate, user: me}}],
		clusters: [{name: gate, cluster: {server: %q, certificate-authority-data: %s}}], users: [{name: me, user: {token: %s}}]}`,
		g.URL, base64.StdEncoding.EncodeToString(authority), token)
}

func isWatch(r *http.Request) bool { return r.URL.Query().Has("watch") }

func TestViewLivesThrough(t *testing.T) {
	admin := cluster(t)
	for _, tc := range []struct {
		name    string
		instead func(w http.ResponseWriter, r *http.Request) bool
		says    string // in the state, while it lasts; "" when it depends on the moment
	}{
		{"dropped connections", func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, ""},
		{"a server that is starting", func(w http.ResponseWriter, _ *http.Request) bool {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
			return true
		}, "not yet"},
		{"a half answer", func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"kind": "List", "items": [`)
			return true
		}, "EOF"},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = io.WriteString(w, `<html>Sign in</html>`)
			return true
		}, "not the JSON expected"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ns := namespace(t, admin)
			set := admin.Set(kube.SetOptions{Name: "outage", Namespace: ns})
			stays, goes, comes := configMap(t, ns, "stays", "a"), configMap(t, ns, "goes", "a"), configMap(t, ns, "comes", "a")
			apply(t, admin, set, stays, goes)

			g := newGate(t)
			c := connect(t, write(t, g.kubeconfig("any")))
			w := watch(t, c, c.Set(kube.SetOptions{Name: "outage", Namespace: ns}))
			w.follow(stays, goes, comes)
			before := w.untilReady()

			g.misbehave(tc.instead)
			state := w.until("the trouble is told", func(s kube.ViewState) bool {
				return s.Err != nil && strings.Contains(s.Err.Error(), tc.says) && strings.Contains(s.Err.Error(), g.URL)
			})
			if !state.Ready || !isMember(w.Get(kube.IDOf(stays))) {
				t.Error("what was known is forgotten")
			}
			if state.AsOf.After(time.Now()) || state.AsOf.Before(before.AsOf.Add(-time.Minute)) {
				t.Errorf("the state says it is of %s", state.AsOf)
			}
			if err := admin.Delete(t.Context(), kube.IDOf(goes), ""); err != nil {
				t.Fatal(err)
			}
			apply(t, admin, set, comes)

			g.misbehave(nil)
			w.until("it has caught up", func(s kube.ViewState) bool {
				return s.Err == nil && w.Get(kube.IDOf(goes)) == nil && isMember(w.Get(kube.IDOf(comes)))
			})
		})
	}
}

func TestViewListsAgainWhenItsWatchExpired(t *testing.T) {
	admin := cluster(t)
	const gone = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}`
	for name, answer := range map[string]func(w http.ResponseWriter){
		"at once": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusGone)
			_, _ = io.WriteString(w, gone)
		},
		"in the stream": func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"type":"ERROR","object":`+gone+`}`) },
	} {
		t.Run(name, func(t *testing.T) {
			ns := namespace(t, admin)
			set := admin.Set(kube.SetOptions{Name: "expired", Namespace: ns})
			goes, comes := configMap(t, ns, "goes", "a"), configMap(t, ns, "comes", "a")
			apply(t, admin, set, goes)
			g := newGate(t)
			c := connect(t, write(t, g.kubeconfig("any")))
			w := watch(t, c, c.Set(kube.SetOptions{Name: "expired", Namespace: ns}))
			w.follow(goes, comes)
			w.untilReady()

			// Nothing gets through while the world changes; then the watch is too old.
			g.misbehave(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
			if err := admin.Delete(t.Context(), kube.IDOf(goes), ""); err != nil {
				t.Fatal(err)
			}
			apply(t, admin, set, comes)
			var once sync.Map
			g.misbehave(func(w http.ResponseWriter, r *http.Request) bool {
				if !isWatch(r) {
					return false
				}
				if _, told := once.LoadOrStore(r.URL.RawQuery, true); told {
					return false
				}
				answer(w)
				return true
			})
			w.until("it has caught up", func(s kube.ViewState) bool {
				return s.Err == nil && w.Get(kube.IDOf(goes)) == nil && isMember(w.Get(kube.IDOf(comes)))
			})
		})
	}
}

func TestViewRenewsItsCredentials(t *testing.T) {
	admin := cluster(t)
	ns := namespace(t, admin)
	set := admin.Set(kube.SetOptions{Name: "token", Namespace: ns})
	o := configMap(t, ns, "a", "b")
	g := newGate(t)
	g.demand("first")
	file := write(t, g.kubeconfig("first"))
	c := connect(t, file)
	w := watch(t, c, c.Set(kube.SetOptions{Name: "token", Namespace: ns}))
	w.follow(o)
	w.untilReady()

	g.demand("second")
	g.CloseClientConnections()
	state := w.until("the refusal is told", func(s kube.ViewState) bool { return s.Err != nil && kube.ReasonOf(s.Err) == kube.Unauthorized })
	if strings.Contains(state.Err.Error(), "first") {
		t.Errorf("the error tells the token: %v", state.Err)
	}
	if err := os.WriteFile(file, []byte(g.kubeconfig("second")), 0o600); err != nil {
		t.Fatal(err)
	}
	apply(t, admin, set, o)
	w.until("it has caught up", func(s kube.ViewState) bool { return s.Err == nil && isMember(w.Get(kube.IDOf(o))) })
}

func TestViewSaysThatTheServerCannotBeReached(t *testing.T) {
	c, err := kube.Connect(kube.Options{Kubeconfig: unreachableKubeconfig(t)})
	if err != nil {
		t.Fatal(err)
	}
	w := watch(t, c, c.Set(kube.SetOptions{Name: "nowhere"}))
	w.follow(configMap(t, "shop", "a", "b"))
	state := w.until("the trouble is told", func(s kube.ViewState) bool { return s.Err != nil })
	if state.Ready || !state.AsOf.IsZero() || kube.ReasonOf(state.Err) != kube.Unreachable || !strings.Contains(state.Err.Error(), "127.0.0.1:1: connect: connection refused") {
		t.Errorf("the state is %+v", state)
	}
}

func TestViewLivesThroughARestart(t *testing.T) {
	plane := controlplanetest.New(t)
	c := connect(t, plane.Kubeconfig())
	set := c.Set(kube.SetOptions{Name: "restart"})
	stays, comes := configMap(t, "default", "stays", "a"), configMap(t, "default", "comes", "a")
	service := object(t, "default", `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}`)
	apply(t, c, set, stays, service)
	w := watch(t, c, set)
	w.follow(stays, service, comes)
	w.untilReady()

	if err := plane.StopAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	state := w.until("the outage is told", func(s kube.ViewState) bool { return s.Err != nil })
	first := state.AsOf
	if !isMember(w.Get(kube.IDOf(stays))) || !state.Ready {
		t.Errorf("what was known is forgotten: %+v", state)
	}
	if err := plane.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	apply(t, c, set, comes)
	state = w.until("it has caught up", func(s kube.ViewState) bool { return s.Err == nil && isMember(w.Get(kube.IDOf(comes))) })
	if len(state.Kinds) > 0 || !state.AsOf.After(first) {
		t.Errorf("the state is %+v, before it was of %s", state, first)
	}
}

// TestQuietViewSendsNothing counts: what does not change costs no request.
func TestQuietViewSendsNothing(t *testing.T) {
	c := cluster(t)
	ns := namespace(t, c)
	set := c.Set(kube.SetOptions{Name: "quiet", Namespace: ns})
	o, stranger := configMap(t, ns, "a", "b"), configMap(t, ns, "s", "b")
	apply(t, c, set, o)
	apply(t, c, nil, stranger)
	w := watch(t, c, set)
	w.follow(o, stranger)
	w.untilReady()
	// The members, the stranger and the record are each watched by now, or will
	// be in a moment.
	before := c.Requests()
	for before["WATCH"] < 3 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
		before = c.Requests()
	}
	// Following the same again, and a thousand looks, are answered from memory.
	for range 1000 {
		w.follow(o, stranger)
		w.Take()
		w.Get(kube.IDOf(o))
	}
	apply(t, c, set, configMap(t, ns, "a", "c"))
	w.untilLive(o, "is changed", func(l *kube.Live) bool { return strings.Contains(fmt.Sprint(l.Object().Object["data"]), "c") })
	after := c.Requests()
	after[http.MethodPatch]--
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("requests before %v, after %v", before, after)
	}
}
