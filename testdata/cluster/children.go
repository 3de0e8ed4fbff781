package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// children are the component processes of one cluster. A child that ends
// without having been told to ends the whole: the cause of the context that
// newChildren gives says which it was, and what it wrote last.
type children struct {
	layout   layout
	fail     context.CancelCauseFunc
	lifeline *os.File // read end, the children's standard input
	held     *os.File // write end; the kernel closes it when this process ends

	mutex   sync.Mutex
	running map[string]*child
}

type child struct {
	name   string
	cmd    *exec.Cmd
	log    *os.File
	told   bool // to end; guarded by children.mutex
	exited chan struct{}
}

func newChildren(ctx context.Context, l layout) (*children, context.Context, error) {
	lifeline, held, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	ctx, fail := context.WithCancelCause(ctx)
	return &children{layout: l, fail: fail, lifeline: lifeline, held: held, running: map[string]*child{}}, ctx, nil
}

// start runs this binary as the named component.
func (c *children) start(name string, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	log, err := os.OpenFile(c.layout.log(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	cmd := exec.Command(self, append([]string{name}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.lifeline, log, log
	// kwok would add what it finds in the user's home directory.
	cmd.Env = append(os.Environ(), "KWOK_WORKDIR="+c.layout.path("kwok"))
	// A group of its own keeps a terminal's Ctrl-C for the parent, which ends
	// the children in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}

	c.mutex.Lock()
	defer c.mutex.Unlock()
	if _, ok := c.running[name]; ok {
		return errors.Join(fmt.Errorf("%s is already running", name), log.Close())
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("starting %s: %w", name, err), log.Close())
	}
	child := &child{name: name, cmd: cmd, log: log, exited: make(chan struct{})}
	c.running[name] = child
	go c.watch(child)
	return nil
}

// watch waits for the end of a child.
func (c *children) watch(child *child) {
	defer close(child.exited)
	err := child.cmd.Wait()
	_ = child.log.Close()

	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.running, child.name)
	if !child.told {
		if err == nil {
			err = errors.New("exit status 0")
		}
		c.fail(fmt.Errorf("%s ended by itself (%w); the end of %s:\n%s",
			child.name, err, c.layout.log(child.name), tail(c.layout.log(child.name))))
	}
}

// etcdPatience is how long etcd may take to end before it is killed.
const etcdPatience = 5 * time.Second

// stop ends a component, if it runs, and waits until it has. Only etcd is asked
// to: the others hold nothing that is not in etcd, and would take seconds to
// say farewell to their clients.
func (c *children) stop(name string) {
	c.mutex.Lock()
	child, ok := c.running[name]
	if !ok {
		c.mutex.Unlock()
		return
	}
	child.told = true
	c.mutex.Unlock()

	if name == etcd {
		_ = child.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-child.exited:
			return
		case <-time.After(etcdPatience):
		}
	}
	_ = child.cmd.Process.Kill()
	<-child.exited
}

// close ends all that still runs, the store last.
func (c *children) close() {
	for _, name := range []string{kwok, scheduler, controllerManager, apiserver, etcd} {
		c.stop(name)
	}
	_ = c.held.Close()
	_ = c.lifeline.Close()
	c.fail(nil)
}

// tail gives the last lines of a log, as many as tell what went wrong.
func tail(path string) string {
	const lines, bytes = 15, 4096
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err.Error()
	}
	data := make([]byte, min(bytes, info.Size()))
	if _, err := file.ReadAt(data, info.Size()-int64(len(data))); err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	return "  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}
