package archive_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine/internal/archive"
	"github.com/evenkeel/evenkeel/kube"
)

func id(n int) kube.ID {
	return kube.ID{Kind: "ConfigMap", Namespace: "shop", Name: fmt.Sprint("c", n)}
}

func key(n int) archive.Key { return archive.Key{Environment: "shop", Revision: fmt.Sprint("r", n)} }

// at is when a revision was committed.
func at(n int) time.Time { return time.Unix(int64(1000+n), 0) }

// render makes a rendering of objects, of which the first is another at each
// revision.
func render(objects, revision int) func(context.Context) (archive.Rendering, error) {
	return func(context.Context) (archive.Rendering, error) {
		r := archive.Rendering{}
		for i := objects - 1; i >= 0; i-- {
			o := archive.Object{ID: id(i), Hash: uint64(i), JSON: fmt.Append(nil, i)}
			if i == 0 {
				o.Hash, o.JSON = uint64(revision), fmt.Append(nil, i, " at ", revision)
			}
			r.Objects = append(r.Objects, o)
		}
		return r, nil
	}
}

func open(t *testing.T, limit int) *archive.Archive {
	a := archive.New(limit)
	t.Cleanup(a.Close)
	return a
}

func fetch(t *testing.T, a *archive.Archive, n int, render func(context.Context) (archive.Rendering, error)) *archive.Revision {
	t.Helper()
	r, err := a.Start(key(n), at(n), render).Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARevisionIsRenderedOnce(t *testing.T) {
	a := open(t, 1<<20)
	begun, goOn := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context) (archive.Rendering, error) {
		close(begun) // panics when it is called twice
		<-goOn
		return render(3, 1)(ctx)
	}
	flights := []*archive.Flight{a.Start(key(1), at(1), slow)}
	<-begun
	flights = append(flights, a.Start(key(1), at(1), slow))

	hurried, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := flights[0].Wait(hurried); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled wait ended with %v", err)
	}
	close(goOn)
	var waiting sync.WaitGroup
	for _, f := range flights {
		waiting.Go(func() {
			r, err := f.Wait(t.Context())
			if err != nil || r.Broken || string(r.Object(id(0)).JSON) != "0 at 1" || string(r.Object(id(2)).JSON) != "2" || r.Object(id(3)) != nil {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
	waiting.Wait()
	fetch(t, a, 1, slow)
	if n := a.Rendered(); n != 1 {
		t.Errorf("it was rendered %d times", n)
	}
	other := key(1)
	other.Scopes = "else"
	if _, err := a.Start(other, at(1), render(3, 1)).Wait(t.Context()); err != nil || a.Rendered() != 2 {
		t.Errorf("other scopes are another rendering: %d were made, %v", a.Rendered(), err)
	}
}

func TestWhatDoesNotRenderIsRememberedAndWhatCannotBeReadIsNot(t *testing.T) {
	a := open(t, 1<<20)
	broken := func(context.Context) (archive.Rendering, error) { return archive.Rendering{Broken: true}, nil }
	for range 2 {
		if r := fetch(t, a, 1, broken); !r.Broken || r.Object(id(0)) != nil {
			t.Errorf("got %+v", r)
		}
	}
	if n := a.Rendered(); n != 1 {
		t.Errorf("it was rendered %d times", n)
	}
	damaged := errors.New("damaged")
	unread := func(context.Context) (archive.Rendering, error) { return archive.Rendering{}, damaged }
	if _, err := a.Start(key(2), at(2), unread).Wait(t.Context()); !errors.Is(err, damaged) {
		t.Errorf("got %v", err)
	}
	if r := fetch(t, a, 2, render(1, 2)); r.Object(id(0)) == nil {
		t.Error("it was not read again")
	}
}

func TestRevisionsShareObjects(t *testing.T) {
	a := open(t, 1<<20)
	one, two := fetch(t, a, 1, render(3, 1)), fetch(t, a, 2, render(3, 2))
	if one.Object(id(1)) != two.Object(id(1)) {
		t.Error("an object that is the same is kept twice")
	}
	if one.Object(id(0)) == two.Object(id(0)) {
		t.Error("an object that is another is shared")
	}
}

// When there is no room, the earliest revisions go, whatever the order in which
// they came and were used: a second search finds what the first one left.
func TestTheEarliestRevisionsAreForgotten(t *testing.T) {
	const objects, revisions = 10, 40
	a := open(t, 20_000) // one takes 2.9 kB, each more of them 0.6 kB
	search := func() (found int) {
		before := a.Rendered()
		for n := revisions; n > 0; n-- {
			fetch(t, a, n, render(objects, n))
		}
		return revisions - (a.Rendered() - before)
	}
	if found := search(); found != 0 {
		t.Errorf("%d were known before anything was rendered", found)
	}
	found := search()
	if found < 20 || found > 35 {
		t.Errorf("%d of %d revisions were remembered", found, revisions)
	}
	if again := search(); again != found {
		t.Errorf("a third search found %d, the second %d", again, found)
	}
	before := a.Rendered()
	fetch(t, a, revisions, render(objects, revisions))
	fetch(t, a, revisions+1, render(objects, revisions+1))
	fetch(t, a, revisions+1, render(objects, revisions+1))
	if n := a.Rendered() - before; n != 1 {
		t.Errorf("%d renderings for a new revision", n)
	}
}

// What has no room at all is still handed out.
func TestAnArchiveWithoutRoom(t *testing.T) {
	a := open(t, 0)
	for want := 1; want <= 2; want++ {
		if r := fetch(t, a, 1, render(2, 1)); r.Object(id(1)) == nil || a.Rendered() != want {
			t.Errorf("got %+v after %d renderings", r, a.Rendered())
		}
	}
}

func TestAClosedArchive(t *testing.T) {
	a := archive.New(1 << 20)
	begun := make(chan struct{})
	stuck := func(ctx context.Context) (archive.Rendering, error) {
		close(begun)
		<-ctx.Done()
		return archive.Rendering{}, ctx.Err()
	}
	f := a.Start(key(1), at(1), stuck)
	<-begun
	a.Close()
	if _, err := f.Wait(t.Context()); !errors.Is(err, archive.ErrClosed) {
		t.Errorf("what was under way ended with %v", err)
	}
	if _, err := a.Start(key(2), at(2), render(1, 2)).Wait(t.Context()); !errors.Is(err, archive.ErrClosed) {
		t.Errorf("what came later ended with %v", err)
	}
}
