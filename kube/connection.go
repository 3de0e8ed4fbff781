package kube

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/transport"
)

// source is where the configuration of a connection is read from, again and
// again when need be. The context is settled once: a person who switches the
// current context elsewhere must not move a running evenkeel to another cluster.
type source struct {
	rules   *clientcmd.ClientConfigLoadingRules
	context string // "" means in-cluster
}

func newSource(o Options) (source, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	rules.WarnIfAllMissing = false
	s := source{rules: rules, context: o.Context}
	file, err := rules.Load()
	if err != nil {
		return s, fmt.Errorf("reading the kubeconfig %s: %w", s.files(), err)
	}
	if clientcmdapi.IsConfigEmpty(file) || len(file.Contexts) == 0 {
		if o.Kubeconfig == "" && o.Context == "" {
			if _, err := rest.InClusterConfig(); err == nil {
				return s, nil
			}
		}
		return s, fmt.Errorf("no kubeconfig found in %s: set KUBECONFIG, or name a file with --kubeconfig", s.files())
	}
	if s.context == "" {
		s.context = file.CurrentContext
	}
	known := strings.Join(slices.Sorted(maps.Keys(file.Contexts)), ", ")
	if s.context == "" {
		return s, fmt.Errorf("the kubeconfig %s has no current context: name one of %s", s.files(), known)
	}
	chosen, ok := file.Contexts[s.context]
	if !ok {
		return s, fmt.Errorf("the kubeconfig %s has no context %q: it has %s", s.files(), s.context, known)
	}
	if file.Clusters[chosen.Cluster] == nil {
		return s, fmt.Errorf("%s names a cluster %q that is not in the file", s, chosen.Cluster)
	}
	return s, nil
}

func (s source) files() string {
	return strings.Join(s.rules.GetLoadingPrecedence(), string(os.PathListSeparator))
}

func (s source) String() string {
	if s.context == "" {
		return "the pod's service account"
	}
	return fmt.Sprintf("context %q of the kubeconfig %s", s.context, s.files())
}

func (s source) load() (*rest.Config, error) {
	if s.context == "" {
		return rest.InClusterConfig()
	}
	file, err := s.rules.Load()
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig %s: %w", s.files(), err)
	}
	overrides := &clientcmd.ConfigOverrides{CurrentContext: s.context}
	config, err := clientcmd.NewNonInteractiveClientConfig(*file, s.context, overrides, s.rules).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s, err)
	}
	return config, nil
}

// connection is one HTTP client with its credentials. All requests of a
// cluster share it and its one or two TCP connections.
type connection struct {
	base        *url.URL
	client      *http.Client
	transport   *http.Transport
	fingerprint [sha256.Size]byte
}

// A connection that carries nothing for pingAfter is pinged, and given up when
// no answer comes within pingTimeout: so long may a dead one go unnoticed.
const (
	pingAfter   = 10 * time.Second
	pingTimeout = 5 * time.Second
)

// newConnection builds the HTTP client itself, on client-go's credentials,
// because client-go's own takes 45 seconds to notice a dead connection.
func newConnection(config *rest.Config, requests *counter) (*connection, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("the server's address %q: %w", config.Host, err)
	}
	transportConfig, err := config.TransportConfig()
	if err != nil {
		return nil, err
	}
	tlsConfig, err := transport.TLSConfigFor(transportConfig)
	if err != nil {
		return nil, err
	}
	dial := (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	if transportConfig.DialHolder != nil {
		dial = transportConfig.DialHolder.Dial
	}
	proxy := http.ProxyFromEnvironment
	if transportConfig.Proxy != nil {
		proxy = transportConfig.Proxy
	}
	t := &http.Transport{
		Proxy:                 proxy,
		DialContext:           dial,
		TLSClientConfig:       tlsConfig,
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		// Compression is for slow networks; on the same machine it only costs.
		DisableCompression: config.DisableCompression || isLoopback(base.Hostname()),
	}
	rt, err := transport.HTTPWrappersForConfig(transportConfig, countingTransport{next: t, counter: requests})
	if err != nil {
		return nil, err
	}
	return &connection{
		base:        base,
		client:      &http.Client{Transport: rt},
		transport:   t,
		fingerprint: fingerprint(config),
	}, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// fingerprint tells two configurations apart, files they refer to included.
func fingerprint(config *rest.Config) [sha256.Size]byte {
	h := sha256.New()
	for _, text := range []string{
		config.Host, config.Username, config.Password, config.BearerToken, config.ServerName,
		string(config.CAData), string(config.CertData), string(config.KeyData), fmt.Sprint(config.ExecProvider),
	} {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	for _, name := range []string{config.BearerTokenFile, config.CAFile, config.CertFile, config.KeyFile} {
		if name == "" {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			fmt.Fprint(h, err)
			continue
		}
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			fmt.Fprint(h, err)
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}
