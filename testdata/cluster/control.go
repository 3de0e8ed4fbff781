package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// controller is what a running cluster can be told to do, by name.
type controller map[string]func(context.Context) error

// controlFile tells a second process of the same user how to reach the parent.
type controlFile struct {
	Address string `json:"address"`
	Token   string `json:"token"`
	Binary  string `json:"binary"` // this program
}

// listenControl serves the commands on a loopback port until it is closed.
func listenControl(l layout, commands controller) (io.Closer, error) {
	listener, err := net.Listen("tcp", loopback(0))
	if err != nil {
		return nil, fmt.Errorf("listening for commands: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	file := controlFile{Address: listener.Addr().String(), Token: rand.Text(), Binary: self}
	data, err := json.Marshal(file)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if err := writeFile(l.control(), data); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: commands.handler(file.Token), ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	return closerFunc(func() error {
		return errors.Join(server.Close(), os.Remove(l.control()))
	}), nil
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }

func (c controller) handler(token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+token)) != 1 {
			http.Error(w, "not with this token", http.StatusForbidden)
			return
		}
		command, ok := c[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok || r.Method != http.MethodPost {
			http.NotFound(w, r)
			return
		}
		if err := command(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}

// sendControl tells the cluster in l what to do and waits until it is done.
func sendControl(ctx context.Context, l layout, command string) error {
	data, err := os.ReadFile(l.control())
	if err != nil {
		return fmt.Errorf("no cluster is up in %s: %w", l, err)
	}
	var file controlFile
	if err := json.Unmarshal(data, &file); err != nil {
		return fmt.Errorf("reading %s: %w", l.control(), err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+file.Address+"/"+command, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+file.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("no cluster is up in %s: %w", l, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		message, _ := io.ReadAll(response.Body)
		return errors.New(strings.TrimSpace(string(message)))
	}
	return nil
}
