package gitrepo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const bareConfig = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
`

// InitBare makes a new bare repository in dir, whose first commit is expected on branch. The directory may exist when it
// is empty.
func InitBare(ctx context.Context, dir, branch string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkBranchName(branch); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("making a repository in %s: %w", dir, err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("making a repository in %s: the directory is not empty", dir)
	}
	if err := layOut(dir, branch); err != nil {
		return fmt.Errorf("making a repository in %s: %w", dir, err)
	}
	return nil
}

// layOut writes the files that make dir a bare repository; HEAD, by which Git knows one, comes last.
func layOut(dir, branch string) error {
	for _, sub := range []string{"objects/pack", "objects/info", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(sub)), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(bareConfig), 0o644); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, "HEAD"), []byte("ref: "+branchRef(branch)+"\n"))
}

// replaceFile writes a file so that a reader, or a crash of evenkeel, sees the old content or the new. It does not wait
// for the disk: what a crash of the machine does to a mirror is noticed and mended.
func replaceFile(name string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".tmp-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	if closing := temporary.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}

func branchRef(branch string) string { return "refs/heads/" + branch }

// checkBranchName refuses what Git refuses as the name of a branch.
func checkBranchName(name string) error {
	bad := name == "" || name == "@" || strings.HasPrefix(name, "-") || strings.HasSuffix(name, ".") ||
		strings.Contains(name, "..") || strings.Contains(name, "@{") || strings.ContainsAny(name, " ~^:?*[\\\x7f")
	for _, part := range strings.Split(name, "/") {
		bad = bad || part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock")
	}
	for i := range len(name) {
		bad = bad || name[i] < ' '
	}
	if bad {
		return fmt.Errorf("%q is no name for a branch", name)
	}
	return nil
}

// inspect looks for damage that shows without reading objects: files that are missing, cut short or unreadable.
func inspect(dir string) error {
	if _, err := readRefs(dir); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "config")); err != nil {
		return err
	}
	packs := filepath.Join(dir, "objects", "pack")
	entries, err := os.ReadDir(packs)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		base, isPack := strings.CutSuffix(entry.Name(), ".pack")
		base, isIndex := strings.CutSuffix(base, ".idx")
		if isPack || isIndex {
			if err := inspectPack(filepath.Join(packs, base)); err != nil {
				return err
			}
		}
	}
	return nil
}

// inspectPack compares the ends of a pack and its index: both hold the pack's checksum, so a file that was cut shows.
func inspectPack(base string) error {
	const sum = 20
	index, err := os.Open(base + ".idx")
	if err != nil {
		return err
	}
	defer index.Close()
	pack, err := os.Open(base + ".pack")
	if err != nil {
		return err
	}
	defer pack.Close()

	var head, named, ends [sum]byte
	if _, err := pack.ReadAt(head[:12], 0); err != nil {
		return fmt.Errorf("%s.pack: %w", base, err)
	}
	if string(head[:4]) != "PACK" {
		return fmt.Errorf("%s.pack is no pack", base)
	}
	objects := int64(binary.BigEndian.Uint32(head[8:12]))
	const fixed, perObject = 8 + 256*4 + 2*sum, sum + 4 + 4
	size, err := index.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size < fixed+objects*perObject {
		return fmt.Errorf("%s.idx is cut short", base)
	}
	if _, err := index.ReadAt(named[:], size-2*sum); err != nil {
		return err
	}
	packSize, err := pack.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if packSize < 12+sum {
		return fmt.Errorf("%s.pack is cut short", base)
	}
	if _, err := pack.ReadAt(ends[:], packSize-sum); err != nil {
		return err
	}
	if !bytes.Equal(named[:], ends[:]) {
		return fmt.Errorf("%s.pack does not end as its index says", base)
	}
	return nil
}
