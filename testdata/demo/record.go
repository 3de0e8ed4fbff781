package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// record is what a world has to know about itself when it is started again.
type record struct {
	Born     time.Time `json:"born"`
	Context  string    `json:"context,omitempty"`
	Registry string    `json:"registry"`
	Images   []image   `json:"images"`
}

const (
	recordFile = "world.json"
	lockFile   = "lock"
)

// lock keeps a second world out of the directory, and any out of a directory
// that holds something else.
func lock(dir string) (unlock func() error, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the world's directory: %w", err)
	}
	if len(entries) > 0 && missing(filepath.Join(dir, lockFile)) {
		return nil, fmt.Errorf("%s holds something else and no world: choose another directory", dir)
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the world's directory: %w", err)
	}
	if !locked {
		return nil, errors.Join(fmt.Errorf("the world in %s is up already", dir), lock.Close())
	}
	return lock.Close, nil
}

// load reads the record, or begins one, and tells whether there was one.
func (w *World) load(context string) (known bool, err error) {
	data, err := os.ReadFile(w.path(recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		born := time.Now().UTC().Truncate(time.Second)
		images, err := images(born)
		w.record = record{Born: born, Context: context, Images: images}
		return false, err
	}
	if err != nil {
		return false, fmt.Errorf("reading the world's record: %w", err)
	}
	if err := json.Unmarshal(data, &w.record); err != nil {
		return false, fmt.Errorf("reading %s: %w", w.path(recordFile), err)
	}
	if w.record.Context != context {
		return false, fmt.Errorf("the world in %s is on %s and not on %s: choose another directory",
			w.dir, describe(w.record.Context), describe(context))
	}
	return true, nil
}

func describe(context string) string {
	if context == "" {
		return "a cluster of its own"
	}
	return fmt.Sprintf("the cluster of context %q", context)
}

func (w *World) save() error {
	data, err := json.MarshalIndent(w.record, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(w.path(recordFile), append(data, '\n'))
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// writeFile replaces a file whole, for the user alone.
func writeFile(path string, data []byte) error {
	unfinished := path + ".unfinished"
	if err := os.WriteFile(unfinished, data, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}
