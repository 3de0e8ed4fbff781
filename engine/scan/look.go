package scan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/evenkeel/evenkeel/registry"
)

// tagsAtOnce is how many images of a repository are asked for together. How many
// requests a registry gets is for its client to say.
const tagsAtOnce = 4

// look is one scan under way.
type look struct {
	errand
	*findings
	client *registry.Client
	asked  map[string]bool
	// found: something is other than it was.
	found bool

	credentials []registry.Credentials
	unreadable  []error // credentials
	opened      bool    // they were asked for
}

// look does an errand, and tells whether anything was found to have changed in
// the registry.
func (p *post) look(ctx context.Context, client *registry.Client, e errand) (found bool, err error) {
	l := &look{errand: e, findings: &p.findings, client: client, asked: map[string]bool{}}
	if e.list {
		err = l.again(ctx)
	}
	if err == nil {
		err = l.fill(ctx)
	}
	if errors.Is(err, registry.ErrUnauthorized) {
		for _, why := range l.unreadable {
			err = fmt.Errorf("%w; %w", err, why)
		}
	}
	return l.found, err
}

// again asks for the tag list, and for what may have changed behind known tags.
func (l *look) again(ctx context.Context) error {
	repository := l.target.Repository
	if !l.listed {
		if last, known := l.client.LastTags(repository); known {
			l.relist(last, l.target.Current)
			l.at = last.At
		}
	}
	list, err := l.client.Tags(ctx, repository, l.open(ctx)...)
	if err != nil {
		l.recallNeeded()
		return err
	}
	l.found = l.relist(list, l.target.Current)
	current, broken := l.target.Current, slices.Sorted(maps.Keys(l.broken))
	if !l.thorough {
		current, broken = l.inTurn(current), l.inTurn(broken)
	}
	l.turn++
	return l.ask(ctx, slices.Concat(current, broken))
}

// fill learns what the target needs to know and nobody knows yet.
func (l *look) fill(ctx context.Context) error {
	for {
		unknown := l.recallNeeded()
		if len(unknown) == 0 {
			return nil
		}
		if err := l.ask(ctx, unknown); err != nil {
			return err
		}
	}
}

// recallNeeded learns what the target needs from what the client remembers, and
// lists the tags for which the registry has to be asked.
func (l *look) recallNeeded() (unknown []string) {
	tried := map[string]bool{}
	for {
		needed := slices.Clone(l.target.Current)
		if l.target.Need != nil {
			needed = append(needed, l.target.Need(l.known().Known())...)
		}
		recalled := false
		for _, tag := range needed {
			if tried[tag] || l.asked[tag] || l.settled(tag) {
				continue
			}
			tried[tag] = true
			if image, known := l.client.LastImage(l.reference(tag), registry.Platform{}); known && !l.appeared[tag] {
				l.learn(tag, image)
				recalled = true
				continue
			}
			unknown = append(unknown, tag)
		}
		if !recalled {
			return unknown
		}
	}
}

func (l *look) reference(tag string) registry.Reference {
	return registry.Reference{Repository: l.target.Repository, Tag: tag}
}

// open gives the credentials, asked for once in a scan.
func (l *look) open(ctx context.Context) []registry.Credentials {
	if !l.opened && l.target.Credentials != nil {
		l.credentials, l.unreadable = l.target.Credentials(ctx)
	}
	l.opened = true
	return l.credentials
}

// ask asks the registry for the images behind tags, each once in a scan. It gives
// up when there is no sense in going on, and tells the first trouble.
func (l *look) ask(ctx context.Context, tags []string) error {
	var questions []string
	for _, tag := range tags {
		if !l.asked[tag] {
			l.asked[tag] = true
			questions = append(questions, tag)
		}
	}
	if len(questions) == 0 {
		return nil
	}
	type answer struct {
		image registry.Image
		err   error
	}
	answers := make([]answer, len(questions))
	credentials := l.open(ctx)
	limited, stop := context.WithCancel(ctx)
	defer stop()
	var next atomic.Int64
	var askers sync.WaitGroup
	for range min(tagsAtOnce, len(questions)) {
		askers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(questions); i = int(next.Add(1)) - 1 {
				a := &answers[i]
				if a.err = limited.Err(); a.err == nil {
					a.image, a.err = l.client.Image(limited, l.reference(questions[i]), registry.Platform{}, credentials...)
				}
				if isFinal(a.err) {
					stop()
				}
			}
		})
	}
	askers.Wait()
	var trouble error
	for i, tag := range questions {
		if err := l.take(tag, answers[i].image, answers[i].err); trouble == nil {
			trouble = err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return trouble
}

// take learns from an answer. An error that says nothing of the tag alone is
// trouble.
func (l *look) take(tag string, image registry.Image, err error) (trouble error) {
	switch {
	case err == nil:
		if l.learn(tag, image) {
			l.found = true
		}
		return nil
	case errors.Is(err, context.Canceled):
		return nil // because of another, which tells why
	case isFinal(err):
		return err
	case errors.Is(err, registry.ErrUnavailable):
		if l.failures[tag]++; l.failures[tag] < failuresUntilBroken {
			return err
		}
	}
	l.lose(tag, err, errors.Is(err, registry.ErrNotFound))
	return nil
}

// isFinal tells the errors after which the registry need not be asked for more.
func isFinal(err error) bool {
	for _, kind := range []error{registry.ErrUnauthorized, registry.ErrLimited, registry.ErrInsecure, registry.ErrCredentials} {
		if errors.Is(err, kind) {
			return true
		}
	}
	var known *registry.Error
	return errors.As(err, &known) && !known.RetryAt.IsZero()
}
