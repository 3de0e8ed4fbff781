package gitrepo

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/storage/filesystem"
)

// objectFile matches the files of an object directory that hold objects.
var objectFile = regexp.MustCompile(`^(?:[0-9a-f]{2}/[0-9a-f]{38}|pack/pack-[0-9a-f]{40}\.(?:pack|idx))$`)

// objectDir is where the other repository keeps its objects. It is "" when they are not all in one place, because the
// repository borrows from another.
func (c *localConnection) objectDir() string {
	storage, ok := c.repository.Storer.(*filesystem.Storage)
	if !ok {
		return ""
	}
	dir := storage.Filesystem().Root()
	if common, err := os.ReadFile(filepath.Join(dir, "commondir")); err == nil {
		shared := strings.TrimSpace(string(common))
		if !filepath.IsAbs(shared) {
			shared = filepath.Join(dir, shared)
		}
		dir = shared
	}
	objects := filepath.Join(dir, "objects")
	if _, err := os.Stat(filepath.Join(objects, "info", "alternates")); err == nil {
		return ""
	}
	return objects
}

// copyObjects copies every object file into an empty store, which is many times faster than encoding objects anew. It
// copies and does not link, so that damage to the mirror stays in the mirror.
func copyObjects(ctx context.Context, from string, to *store) error {
	var loose, packed []string
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(from, name)
		if err != nil || !objectFile.MatchString(filepath.ToSlash(relative)) {
			return err
		}
		if strings.HasPrefix(relative, "pack") {
			packed = append(packed, relative)
		} else {
			loose = append(loose, relative)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// A pack before its index, by which it is found.
	slices.Sort(packed)
	slices.Reverse(packed)
	for _, relative := range slices.Concat(loose, packed) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(from, relative), filepath.Join(to.dir, "objects", relative)); err != nil {
			return err
		}
	}
	to.refresh()
	return nil
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
