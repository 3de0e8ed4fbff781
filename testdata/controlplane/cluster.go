package controlplane

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Cluster is a running control plane.
type Cluster struct {
	dir    string
	binary string

	// What follows is of a cluster that this process started.
	lifeline io.Closer // the cluster ends when this is closed, by us or by the kernel
	process  *os.Process
	stop     sync.Once
	done     chan struct{}
	err      error // why it ended; read after done is closed
}

// endingTime is how long a cluster may take to end before it is killed.
const endingTime = 15 * time.Second

// Start starts a cluster in dir, building it when needed, and returns when it
// is ready. What the cluster holds stays in dir, and a later Start finds it.
// The cluster ends with Stop, and in any case together with this process.
func Start(ctx context.Context, dir string, progress func(Progress)) (*Cluster, error) {
	binary, err := Build(ctx, progress)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	c := &Cluster{dir: dir, binary: binary, done: make(chan struct{})}
	if err := c.up(ctx, progress); err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	return c, nil
}

// up runs the cluster's process until it says that it is ready.
func (c *Cluster) up(ctx context.Context, progress func(Progress)) error {
	cmd := exec.Command(c.binary, "up", "--dir", c.dir, "--until-eof")
	cmd.SysProcAttr = ownGroup()
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.lifeline, c.process = lifeline, cmd.Process

	ready := make(chan struct{})
	go func() {
		defer close(c.done)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			switch line := lines.Text(); {
			case line == "ready":
				close(ready)
			case progress != nil:
				progress(Progress{Text: line})
			}
		}
		if err := cmd.Wait(); err != nil {
			c.err = fmt.Errorf("the control plane ended (%w): %s", err, strings.TrimSpace(complaint.String()))
		}
	}()

	select {
	case <-ready:
		return nil
	case <-c.done:
		if c.err == nil {
			return errors.New("it ended before it was ready")
		}
		return c.err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.Stop())
	}
}

// Attach gives a cluster that another process started in dir and keeps up.
// Stop leaves it running.
func Attach(dir string) (*Cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if up, err := isUp(dir); err != nil || !up {
		return nil, errors.Join(fmt.Errorf("no cluster is up in %s", dir), err)
	}
	path := filepath.Join(dir, "control.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the cluster in %s is not ready: %w", dir, err)
	}
	var control struct{ Binary string }
	if err := json.Unmarshal(data, &control); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return &Cluster{dir: dir, binary: control.Binary}, nil
}

// isUp asks by the lock that a cluster holds, since a cluster that was killed
// leaves its files.
func isUp(dir string) (bool, error) {
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetFlag(os.O_RDONLY))
	defer lock.Close()
	free, err := lock.TryRLock()
	return !free, err
}

// Kubeconfig is the path of the kubeconfig of a user who may do everything.
func (c *Cluster) Kubeconfig() string {
	return filepath.Join(c.dir, "kubeconfig")
}

// KubeconfigFor writes a kubeconfig for a user, who may do what the cluster's
// roles grant to that name and those groups, and gives its path.
func (c *Cluster) KubeconfigFor(user string, groups ...string) (path string, err error) {
	args := []string{"kubeconfig", "--dir", c.dir, "--user", user}
	for _, group := range groups {
		args = append(args, "--group", group)
	}
	out, err := run(context.Background(), c.binary, args...)
	return strings.TrimSpace(out), err
}

// StopAPIServer ends the API server and leaves the rest of the cluster up, as
// an outage does. It is refused on a cluster of another process, which others
// are using.
func (c *Cluster) StopAPIServer(ctx context.Context) error {
	return c.control(ctx, "stop")
}

// StartAPIServer ends the outage; the API server is ready when it returns.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	return c.control(ctx, "start")
}

func (c *Cluster) control(ctx context.Context, command string) error {
	if c.process == nil {
		return fmt.Errorf("the API server in %s is shared with others: start a cluster to %s it", c.dir, command)
	}
	_, err := run(ctx, c.binary, "ctl", "--dir", c.dir, command, "apiserver")
	return err
}

func run(ctx context.Context, binary string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, binary, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cluster %s: %w: %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return string(out), nil
}

// Done is closed when the cluster has ended, and never for an attached one.
func (c *Cluster) Done() <-chan struct{} { return c.done }

// Stop ends every process of the cluster and returns when they are gone. It
// can be called again. The error tells why a cluster had ended before it was
// told to.
func (c *Cluster) Stop() error {
	if c.process == nil {
		return nil
	}
	c.stop.Do(func() {
		_ = c.lifeline.Close()
		timeout := time.AfterFunc(endingTime, func() { _ = c.process.Kill() })
		defer timeout.Stop()
		<-c.done
	})
	return c.err
}
