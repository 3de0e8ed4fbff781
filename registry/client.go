package registry

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say how registries are reached. The zero value is of use: verified connections, no credentials, a cache in
// memory.
type Options struct {
	// CacheDir is where the cache is kept, in one file; "" keeps it in memory.
	CacheDir string
	// Logins are a person's own, and used before any others.
	Logins Credentials
	// DockerConfig is a docker configuration file, used after all others, with the credential helpers it names;
	// "" for none. See [DefaultDockerConfig].
	DockerConfig string
	// Insecure names the hosts, with their port, that may be asked over plain HTTP or without their certificate being
	// verified. Others may not, on the loopback interface neither. A token service or a storage that such a registry
	// sends to is a host of its own.
	Insecure []string
	// UserAgent is the name under which registries are asked; "" is evenkeel.
	UserAgent string
	// InFlight is how many requests a host is sent at the same time; 0 is four.
	InFlight int
	// Timeout is how long one request may take, body and all; 0 is 30 seconds.
	Timeout time.Duration
	// Transport sends the requests in place of the network.
	Transport http.RoundTripper
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// Client asks registries. It is safe for use by many goroutines.
type Client struct {
	options Options
	wire    *wire
	store   *store
	learn   flights

	mu       sync.Mutex
	hosts    map[string]*host
	sessions map[Repository]*session
}

// Open makes a client. A cache that cannot be used is no error: see [Client.Notices].
func Open(o Options) (*Client, error) {
	o.UserAgent = cmp.Or(o.UserAgent, "evenkeel")
	o.InFlight = cmp.Or(o.InFlight, 4)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	if o.InFlight < 0 || o.Timeout < 0 {
		return nil, errors.New("opening the registries: neither the requests in flight nor the time limit can be negative")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{
		options:  o,
		wire:     newWire(o),
		store:    openStore(o.CacheDir, o.Now),
		hosts:    map[string]*host{},
		sessions: map[Repository]*session{},
	}, nil
}

// Close ends connections and closes the cache. What is being asked fails or is not remembered.
func (c *Client) Close() error {
	c.wire.close()
	return c.store.close()
}

// Notices tell what a person should know of the cache: that it is not kept on disk and why, or was begun anew.
func (c *Client) Notices() []string { return c.store.notices() }

// Hosts is how each registry does that was asked so far, by name.
func (c *Client) Hosts() []HostState {
	c.mu.Lock()
	hosts := make([]*host, 0, len(c.hosts))
	for _, h := range c.hosts {
		hosts = append(hosts, h)
	}
	c.mu.Unlock()
	states := make([]HostState, 0, len(hosts))
	for _, h := range hosts {
		states = append(states, h.snapshot())
	}
	slices.SortFunc(states, func(a, b HostState) int { return strings.Compare(a.Host, b.Host) })
	return states
}

// TryNow lets a registry that is down be asked before its time, when a person wants it. One that has asked to be
// asked less is left alone.
func (c *Client) TryNow(host string) {
	c.mu.Lock()
	h := c.hosts[host]
	c.mu.Unlock()
	if h != nil {
		h.tryNow()
	}
}

func (c *Client) host(name string) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, known := c.hosts[name]
	if !known {
		h = newHost(name, c.options.InFlight, c.options.Now)
		c.hosts[name] = h
	}
	return h
}

// with runs ask with a session that opens the repository: the one that did before, or else with each login that
// fits until one is let in.
func (c *Client) with(ctx context.Context, repository Repository, given []Credentials, ask func(*session) error) error {
	fitting := fit(repository, append([]Credentials{c.options.Logins}, given...)...)
	if s := c.established(repository, fitting); s != nil {
		if err := ask(s); !errors.Is(err, ErrUnauthorized) {
			return err
		}
		c.drop(s)
	}
	leave, err := c.learn.enter(ctx, "session "+repository.String())
	if err != nil {
		return err
	}
	if s := c.established(repository, fitting); s != nil {
		// Another goroutine was faster.
		leave()
		return ask(s)
	}
	defer leave()
	logins, err := c.logins(ctx, repository, fitting)
	if err != nil {
		return err
	}
	for _, l := range logins {
		var s *session
		if s, err = newSession(c.wire, c.host(repository.Host), repository, l, fitting); err != nil {
			return err
		}
		if err = ask(s); err == nil {
			c.mu.Lock()
			c.sessions[repository] = s
			c.mu.Unlock()
		}
		if !errors.Is(err, ErrUnauthorized) {
			return err
		}
	}
	return err
}

// logins are those to try, in order. Nobody in particular is tried only where nobody else fits.
func (c *Client) logins(ctx context.Context, repository Repository, fitting []login) ([]login, error) {
	logins := slices.Clone(fitting)
	if c.options.DockerConfig != "" {
		own, err := dockerLogins(ctx, c.options.DockerConfig, repository)
		if err != nil && len(logins) == 0 {
			return nil, err
		}
		logins = append(logins, own...)
	}
	if len(logins) == 0 {
		logins = []login{{}}
	}
	return logins, nil
}

func (c *Client) established(repository Repository, fitting []login) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sessions[repository]
	if s == nil || !slices.Equal(s.given, fitting) {
		return nil
	}
	return s
}

func (c *Client) drop(s *session) {
	s.forget()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions[s.repository] == s {
		delete(c.sessions, s.repository)
	}
}
