package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// layout is a cluster's directory and knows where in it everything lies.
type layout string

func (l layout) path(elements ...string) string {
	return filepath.Join(append([]string{string(l)}, elements...)...)
}

func (l layout) kubeconfig() string              { return l.path("kubeconfig") }
func (l layout) userKubeconfig(id string) string { return l.path("users", id+".kubeconfig") }
func (l layout) etcdData() string                { return l.path("etcd") }
func (l layout) pki(name string) string          { return l.path("pki", name) }
func (l layout) log(component string) string     { return l.path("logs", component+".log") }
func (l layout) stages() string                  { return l.path("stages.yaml") }
func (l layout) ports() string                   { return l.path("ports.json") }
func (l layout) control() string                 { return l.path("control.json") }

// make creates the directory and those in it. What they hold gives access to
// the cluster, so they are the user's alone.
func (l layout) make() error {
	for _, dir := range []string{"", "etcd", "pki", "logs", "users"} {
		if err := os.MkdirAll(l.path(dir), 0o700); err != nil {
			return fmt.Errorf("making the cluster's directory: %w", err)
		}
	}
	return nil
}

// clear removes what is of the last run alone: its logs, and the way to a
// parent that may have been killed.
func (l layout) clear() error {
	old := []string{l.control()}
	for component := range components {
		old = append(old, l.log(component))
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clearing the cluster's directory: %w", err)
		}
	}
	return nil
}

// lock keeps a second cluster out of the directory until the file is closed or
// this process ends.
func (l layout) lock() (*os.File, error) {
	file, err := os.OpenFile(l.path("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the cluster's directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner, _ := os.ReadFile(file.Name())
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("a cluster is already up in %s (process %s)", l, strings.TrimSpace(string(owner)))
		}
		return nil, fmt.Errorf("locking the cluster's directory: %w", err)
	}
	if err := errors.Join(file.Truncate(0), writeString(file, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("locking the cluster's directory: %w", err)
	}
	return file, nil
}

func writeString(file *os.File, s string) error {
	_, err := file.WriteAt([]byte(s), 0)
	return err
}

// ports are the loopback ports of a cluster.
type ports struct {
	Etcd     int `json:"etcd"`
	EtcdPeer int `json:"etcdPeer"`
	Server   int `json:"apiserver"`
	Kubelet  int `json:"kubelet"`
}

// choosePorts gives the ports of the last run where they are still free, so
// that a kubeconfig stays good, and other free ones where they are not.
func (l layout) choosePorts() (ports, error) {
	var p ports
	if data, err := os.ReadFile(l.ports()); err == nil {
		if err := json.Unmarshal(data, &p); err != nil {
			return ports{}, fmt.Errorf("reading %s: %w", l.ports(), err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return ports{}, err
	}

	// All are held until the last is chosen, so that none is chosen twice.
	for _, port := range []*int{&p.Etcd, &p.EtcdPeer, &p.Server, &p.Kubelet} {
		listener, err := net.Listen("tcp", loopback(*port))
		if err != nil {
			if listener, err = net.Listen("tcp", loopback(0)); err != nil {
				return ports{}, fmt.Errorf("looking for a free port: %w", err)
			}
		}
		defer listener.Close()
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	data, err := json.Marshal(p)
	if err != nil {
		return ports{}, err
	}
	return p, writeFile(l.ports(), data)
}

func loopback(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// writeFile replaces a file whole, so that a reader never sees half of it.
func writeFile(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(temp.Name(), path)
}
