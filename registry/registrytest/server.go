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
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Server is a running registry. It keeps what is pushed in memory.
type Server struct {
	host   string
	server *http.Server
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
		host: listener.Addr().String(),
		server: &http.Server{
			Handler:           registry.New(registry.Logger(quiet), registry.WithReferrersSupport(true)),
			ErrorLog:          quiet,
			ReadHeaderTimeout: 10 * time.Second,
		},
		pusher: pusher,
		ended:  make(chan struct{}),
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

// Close ends the registry and returns when it is gone.
func (s *Server) Close() error {
	s.forget()
	err := s.server.Close()
	<-s.ended
	return err
}
