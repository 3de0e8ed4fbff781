package registry

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// What the store has: facts by digest; sightings by tag; listings by repository, and when they were last confirmed.
const (
	kindFacts     = "facts"
	kindSighting  = "sighting"
	kindListing   = "listing"
	kindConfirmed = "confirmed"
)

// sighting is which digest a tag named when it was last asked.
type sighting struct {
	Digest   string    `json:"digest"`
	At       time.Time `json:"at"`
	Previous string    `json:"previous,omitempty"`
	MovedAt  time.Time `json:"movedAt,omitzero"`
}

// store remembers what registries said: on disk, or in memory when that cannot be.
type store struct {
	mu     sync.Mutex
	file   *file
	memory map[string][]byte
	told   []string
}

// openStore opens the cache in a directory; "" has none. It always gives a store that works.
func openStore(dir string, now func() time.Time) *store {
	s := &store{memory: map[string][]byte{}}
	if dir == "" {
		return s
	}
	opened, notice, err := openFile(dir, now)
	if notice != "" {
		s.told = append(s.told, notice)
	}
	if err != nil {
		s.told = append(s.told, "what registries say is not kept on disk: "+err.Error())
	}
	s.file = opened
	return s
}

func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	if err := f.close(); err != nil {
		return fmt.Errorf("closing the cache of registries: %w", err)
	}
	return nil
}

func (s *store) notices() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.told...)
}

func (s *store) facts(digest string) (f facts, known bool) {
	return f, s.get(kindFacts, digest, &f)
}

func (s *store) putFacts(digest string, f facts) { s.put(kindFacts, digest, f) }

func (s *store) sighting(ref Reference) (seen sighting, known bool) {
	return seen, s.get(kindSighting, ref.Repository.String()+":"+ref.Tag, &seen)
}

// see remembers which digest a tag names now, and whether it was another.
func (s *store) see(ref Reference, digest string, now time.Time) sighting {
	before, known := s.sighting(ref)
	seen := sighting{Digest: digest, At: now, Previous: before.Previous, MovedAt: before.MovedAt}
	if known && before.Digest != digest {
		seen.Previous, seen.MovedAt = before.Digest, now
	}
	s.put(kindSighting, ref.Repository.String()+":"+ref.Tag, seen)
	return seen
}

func (s *store) listing(repository Repository) (l listing, at time.Time, known bool) {
	known = s.get(kindListing, repository.String(), &l) && s.get(kindConfirmed, repository.String(), &at)
	return l, at, known
}

// putListing remembers a tag list. One that is the same is not written again, as they can be long.
func (s *store) putListing(repository Repository, l listing, at time.Time, same bool) {
	if !same {
		s.put(kindListing, repository.String(), l)
	}
	s.put(kindConfirmed, repository.String(), at)
}

func (s *store) get(kind, key string, into any) bool {
	value := s.read(kind, key)
	return value != nil && json.Unmarshal(value, into) == nil
}

// read gives nil for what is not known.
func (s *store) read(kind, key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, known := s.memory[kind+" "+key]; known || s.file == nil {
		return value
	}
	value, err := s.file.get(kind, key)
	if err != nil {
		s.abandon(err)
	}
	return value
}

func (s *store) put(kind, key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		return // nothing of ours fails to be JSON, and what is not remembered is asked again
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		if err = s.file.put(kind, key, text); err == nil {
			return
		}
		s.abandon(err)
	}
	s.memory[kind+" "+key] = text
}

// abandon goes on in memory when the disk fails.
func (s *store) abandon(err error) {
	s.told = append(s.told, "what registries say is no longer kept on disk: "+err.Error())
	_ = s.file.close()
	s.file = nil
}
