// Package registrytest is an OCI registry in this process, and images to put
// into it. The demo and the tests talk to it as they would to any other.
package registrytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Server is a running registry. It keeps what is pushed in memory.
type Server struct {
	host   string
	server *http.Server
	front  atomic.Pointer[http.Handler]
	images http.Handler
	pusher *remote.Pusher
	ended  chan struct{}
	forget func() bool // the context no longer ends the server
}

// Serve starts a registry at addr, "127.0.0.1:0" for any free port. It ends
// with the context or with Close.
func Serve(ctx context.Context, addr string) (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("starting a registry: %w", err)
	}
	pusher, err := remote.NewPusher()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting a registry: %w", err), listener.Close())
	}
	quiet := log.New(io.Discard, "", 0)
	s := &Server{
		host:   listener.Addr().String(),
		images: registry.New(registry.Logger(quiet), registry.WithReferrersSupport(true)),
		pusher: pusher,
		ended:  make(chan struct{}),
	}
	s.front.Store(&s.images)
	s.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*s.front.Load()).ServeHTTP(w, r) }),
		ErrorLog:          quiet,
		ReadHeaderTimeout: 10 * time.Second,
	}
	go func() {
		defer close(s.ended)
		_ = s.server.Serve(listener) // only ever ends because it was closed
	}()
	s.forget = context.AfterFunc(ctx, func() { _ = s.server.Close() })
	return s, nil
}

// Host is what image names begin with, "127.0.0.1:5050".
func (s *Server) Host() string { return s.host }

// URL is where the registry answers, "http://127.0.0.1:5050".
func (s *Server) URL() string { return "http://" + s.host }

// Intercept lets a handler answer in place of the registry, or hand requests on to it: to count them, to ask for
// credentials, to be slow. It takes the place of the last one, and nil removes it.
func (s *Server) Intercept(front func(registry http.Handler) http.Handler) {
	handler := s.images
	if front != nil {
		handler = front(s.images)
	}
	s.front.Store(&handler)
}

// Close ends the registry and returns when it is gone.
func (s *Server) Close() error {
	s.forget()
	err := s.server.Close()
	<-s.ended
	return err
}
