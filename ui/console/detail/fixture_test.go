package detail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/drift"
	"github.com/evenkeel/evenkeel/themes"
	"github.com/evenkeel/evenkeel/ui/console/detail"
	"github.com/evenkeel/evenkeel/ui/console/keymap"
	"github.com/evenkeel/evenkeel/ui/console/widget"
)

// script is a source that answers what it was told to. What has no answer is
// answered with nothing.
type script struct {
	inspect  func(engine.ID) (*engine.Inspection, error)
	explain  func(*engine.Inspection) (*engine.Inspection, error)
	live     func() (string, error)
	events   func() ([]engine.ClusterEvent, error)
	pods     func() ([]engine.Pod, error)
	logs     func(ctx context.Context, q engine.LogQuery) (io.ReadCloser, error)
	revision func(hash string) (*engine.Revision, error)
	moment   func(hash string) (*engine.Moment, error)
	tags     func() (*engine.Candidates, error)
	lookUp   func(tags []string) ([]engine.Tag, error)
	deployed func() ([]engine.Deployment, error)
	// hold keeps every answer of a method back until its context ends, or the
	// channel is closed.
	hold map[string]chan struct{}

	mu    sync.Mutex
	asked []string // method and name, in order
	ended []string // those whose context ended before the answer
}

func (s *script) ask(ctx context.Context, method, name string) error {
	s.mu.Lock()
	s.asked = append(s.asked, method+" "+name)
	hold := s.hold[method]
	s.mu.Unlock()
	if hold == nil {
		return ctx.Err()
	}
	select {
	case <-hold:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = append(s.ended, method+" "+name)
		return ctx.Err()
	}
}

// count is how often something was asked.
func (s *script) count(question string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asked {
		if a == question {
			n++
		}
	}
	return n
}

func (s *script) Inspect(ctx context.Context, _ string, id engine.ID) (*engine.Inspection, error) {
	if err := s.ask(ctx, "Inspect", id.Name); err != nil {
		return nil, err
	}
	return s.inspect(id)
}

func (s *script) Explain(ctx context.Context, in *engine.Inspection) (*engine.Inspection, error) {
	if err := s.ask(ctx, "Explain", in.Name); err != nil {
		return nil, err
	}
	if s.explain == nil {
		return in, nil
	}
	return s.explain(in)
}

func (s *script) LiveYAML(ctx context.Context, _ string, id engine.ID) (string, error) {
	if err := s.ask(ctx, "LiveYAML", id.Name); err != nil || s.live == nil {
		return "", err
	}
	return s.live()
}

func (s *script) Events(ctx context.Context, _ string, id engine.ID) ([]engine.ClusterEvent, error) {
	if err := s.ask(ctx, "Events", id.Name); err != nil || s.events == nil {
		return nil, err
	}
	return s.events()
}

func (s *script) Pods(ctx context.Context, _ string, id engine.ID) ([]engine.Pod, error) {
	if err := s.ask(ctx, "Pods", id.Name); err != nil || s.pods == nil {
		return nil, err
	}
	return s.pods()
}

func (s *script) Logs(ctx context.Context, q engine.LogQuery) (io.ReadCloser, error) {
	what := fmt.Sprintf("%s/%s tail %d", q.Pod, q.Container, q.Tail)
	if q.Follow {
		what += " follow"
	}
	if q.Previous {
		what += " previous"
	}
	if err := s.ask(ctx, "Logs", what); err != nil {
		return nil, err
	}
	if s.logs == nil {
		return io.NopCloser(strings.NewReader("")), nil
	}
	return s.logs(ctx, q)
}

func (s *script) Revision(ctx context.Context, _, hash string) (*engine.Revision, error) {
	if err := s.ask(ctx, "Revision", hash); err != nil {
		return nil, err
	}
	return s.revision(hash)
}

func (s *script) Moment(ctx context.Context, at engine.At) (*engine.Moment, error) {
	if err := s.ask(ctx, "Moment", at.Revision); err != nil {
		return nil, err
	}
	if s.moment == nil {
		return &engine.Moment{At: at}, nil
	}
	return s.moment(at.Revision)
}

func (s *script) Candidates(ctx context.Context, _ string, object engine.ID, container string) (*engine.Candidates, error) {
	if err := s.ask(ctx, "Candidates", object.Name+"/"+container); err != nil {
		return nil, err
	}
	if s.tags == nil {
		return &engine.Candidates{}, nil
	}
	return s.tags()
}

func (s *script) Deployments(ctx context.Context, environment string) ([]engine.Deployment, error) {
	if err := s.ask(ctx, "Deployments", environment); err != nil || s.deployed == nil {
		return nil, err
	}
	return s.deployed()
}

func (s *script) LookUp(ctx context.Context, _, _ string, tags []string) ([]engine.Tag, error) {
	if err := s.ask(ctx, "LookUp", strings.Join(tags, " ")); err != nil || s.lookUp == nil {
		return nil, err
	}
	return s.lookUp(tags)
}

// user drives a panel as the program would, inside a bubble of synctest.
type user struct {
	*detail.Detail
	t        testing.TB
	src      *script
	messages chan tea.Msg
}

func drive(t testing.TB, src *script) *user {
	u := &user{Detail: detail.New(src), t: t, src: src, messages: make(chan tea.Msg, 1000)}
	t.Cleanup(func() { u.Close(); synctest.Wait() })
	return u
}

// run starts a command, and takes in all that comes without time passing.
func (u *user) run(cmd tea.Cmd) {
	u.t.Helper()
	u.start(cmd)
	u.settle()
}

func (u *user) start(cmd tea.Cmd) {
	if cmd != nil {
		go func() {
			if msg := cmd(); msg != nil {
				u.messages <- msg
			}
		}()
	}
}

func (u *user) settle() {
	u.t.Helper()
	for {
		synctest.Wait()
		select {
		case msg := <-u.messages:
			if batch, ok := msg.(tea.BatchMsg); ok {
				for _, cmd := range batch {
					u.start(cmd)
				}
				continue
			}
			cmd, mine := u.Update(msg)
			if !mine {
				u.t.Errorf("a message of type %T is nobody's", msg)
			}
			u.start(cmd)
		default:
			return
		}
	}
}

// pass lets time pass.
func (u *user) pass(d time.Duration) {
	u.t.Helper()
	time.Sleep(d)
	u.settle()
}

// stay is long enough for everything to be asked that waits for one to stay.
func (u *user) stay() {
	u.t.Helper()
	for range 4 {
		u.pass(200 * time.Millisecond)
	}
}

// press does actions, which must be the panel's.
func (u *user) press(actions ...keymap.Action) {
	u.t.Helper()
	for _, a := range actions {
		cmd, mine := u.Do(a)
		if !mine {
			u.t.Errorf("%s was not taken", a)
		}
		u.run(cmd)
	}
}

// tab opens a tab by its name.
func (u *user) tab(name string) {
	u.t.Helper()
	for range 10 {
		if u.openTab() == name {
			u.stay()
			return
		}
		u.press(keymap.NextTab)
	}
	u.t.Fatalf("there is no tab %s", name)
}

// openTab reads the name of the open tab off its style.
func (u *user) openTab() string {
	c := canvas(118, 20)
	line := u.View(c)[1]
	start, end := c.Codes(themes.Screen, themes.TabOpen)
	_, rest, _ := strings.Cut(line, start)
	name, _, _ := strings.Cut(rest, end)
	return strings.TrimSpace(name)
}

// typed types text.
func (u *user) typed(text string) {
	u.t.Helper()
	for _, r := range text {
		if !u.Editing() {
			u.t.Fatal("nothing can be typed")
		}
		u.run(u.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}))
	}
}

func canvas(width, height int) widget.Canvas {
	return widget.Canvas{Theme: themes.Default(themes.Options{Colors: themes.ANSI}), Now: time.Now(), Width: width, Height: height, Focused: true}
}

// styles are the only control sequences that a view may hold.
var styles = regexp.MustCompile("\x1b\\[[0-9;]*m")

// screen is what the panel shows, without styles.
func (u *user) screen(width, height int) string {
	u.t.Helper()
	lines := u.View(canvas(width, height))
	if len(lines) != height {
		u.t.Errorf("%d lines at %dx%d", len(lines), width, height)
	}
	for i, line := range lines {
		plain := styles.ReplaceAllString(line, "")
		if w := ansi.StringWidth(plain); w != width {
			u.t.Errorf("line %d is %d cells wide at %dx%d: %q", i, w, width, height, plain)
		}
		if at := strings.IndexFunc(plain, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e }); at >= 0 {
			u.t.Errorf("line %d carries a control character: %q", i, plain)
		}
		lines[i] = plain
	}
	return strings.Join(lines, "\n") + "\n"
}

// sees checks that the panel shows texts.
func (u *user) sees(texts ...string) {
	u.t.Helper()
	shown := u.screen(118, 50)
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			u.t.Errorf("%q is not shown in\n%s", text, shown)
		}
	}
}

func (u *user) seesNot(texts ...string) {
	u.t.Helper()
	shown := u.screen(118, 50)
	for _, text := range texts {
		if strings.Contains(shown, text) {
			u.t.Errorf("%q is shown in\n%s", text, shown)
		}
	}
}

// offers checks what is offered, and whether it can be done now.
func (u *user) offered(a keymap.Action) (keymap.Offer, bool) {
	all := u.Offers()
	i := slices.IndexFunc(all, func(o keymap.Offer) bool { return o.Action == a })
	if i < 0 {
		return keymap.Offer{}, false
	}
	return all[i], true
}

var errRefused = errors.New("dial tcp 10.0.0.1:6443: connect: connection refused")

func ago(d time.Duration) time.Time { return time.Now().Add(-d) }

func deployment(name string) engine.ID {
	return engine.ID{Group: "apps", Kind: "Deployment", Namespace: "shop-production", Name: name}
}

// workload writes a Deployment.
func workload(name string, replicas int, level, image string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: %s
  namespace: shop-production
  labels:
    app: %s
spec:
  replicas: %d
  selector:
    matchLabels:
      app: %s
  template:
    metadata:
      labels:
        app: %s
    spec:
      containers:
      - name: main
        image: %s
        env:
        - name: LOG_LEVEL
          value: %s
        - name: GREETING
          value: |
            hello: world
            # no comment
        resources:
          limits:
            memory: 256Mi
`, name, name, replicas, name, name, image, level)
}

// modified is a Deployment that somebody has changed, as it is inspected.
func modified(name string) (*engine.Environment, *engine.Object, *engine.Inspection) {
	o := &engine.Object{
		ID: deployment(name), Version: "v1", File: "environments/production/" + name + ".yaml", Line: 1,
		Drift: engine.DriftModified, Health: engine.Healthy, Managed: true, ChangedBy: "kubectl-edit", ChangedAt: ago(12 * time.Minute),
	}
	live, desired := workload(name, 9, "debug", "registry.acme.dev/api:1.8.2"), workload(name, 3, "info", "registry.acme.dev/api:1.8.2")
	in := &engine.Inspection{
		Environment: "production", ID: o.ID, Revision: "3f2a91c4d5e6f7a8", Object: o, Desired: desired,
		Change: &engine.Change{
			Environment: "production", ID: o.ID, Operation: engine.Update, Live: live, Desired: desired, File: o.File, Line: o.Line,
			Fields: []engine.FieldChange{
				{Field: drift.Field{Path: "spec.replicas", Op: drift.Change, Live: 9.0, Desired: 3.0, Manager: "kubectl (scale)", ChangedAt: ago(3 * time.Minute)}},
				{Field: drift.Field{Path: "spec.template.spec.containers[main].env[LOG_LEVEL].value", Op: drift.Change, Live: "debug", Desired: "info", Manager: "kubectl-edit", ChangedAt: ago(12 * time.Minute)}},
			},
		},
	}
	return world(o), o, in
}

// explained is the inspection with the commits that wrote its fields.
func explained(in *engine.Inspection) (*engine.Inspection, error) {
	out, c := *in, *in.Change
	c.Fields = slices.Clone(c.Fields)
	for i := range c.Fields {
		c.Fields[i].Commit = &engine.Commit{Hash: "19ce4aab00112233", Author: "ops", Email: "ops@acme.dev", Time: ago(3 * 24 * time.Hour), Subject: "quieter logs"}
	}
	out.Change = &c
	return &out, nil
}

// scripted answers everything about one inspection.
func scripted(in *engine.Inspection) *script {
	return &script{inspect: func(engine.ID) (*engine.Inspection, error) { return in, nil }, explain: explained}
}

// world is an environment that holds objects.
func world(objects ...*engine.Object) *engine.Environment {
	e := &engine.Environment{
		Name: "production", Context: "kind-production", Server: "https://10.0.0.1:6443", Path: "environments/production", Auto: true, Protected: true,
		State: engine.StateOutOfSync, Health: engine.Healthy, Message: "3 objects differ",
		Revision: "3f2a91c4d5e6f7a8", AppliedRevision: "a81c0de4d5e6f7a8", Counts: map[engine.Drift]int{}, Objects: objects, Current: true, AsOf: time.Now(), Settled: true,
	}
	for _, o := range objects {
		e.Counts[o.Drift]++
	}
	return e
}
