package gitrepo

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// objectCache bounds what a store keeps decoded: enough for the delta bases of one read of an environment.
const objectCache = 16 * cache.MiByte

// store reads and writes the objects of one repository directory. go-git's storage is not safe for concurrent use, so
// every access holds the mutex; contents leave it as plain bytes.
type store struct {
	dir    string
	opened os.FileInfo // the directory when it was opened; nil when it was not there

	mu  sync.Mutex
	git *filesystem.Storage
}

func openStore(dir string) *store {
	// Without the directory every read fails, and says so then.
	opened, _ := os.Stat(dir)
	return &store{dir: dir, opened: opened, git: openStorage(dir)}
}

// isAt tells whether what is at dir now is what was opened.
func (s *store) isAt(dir string) bool {
	now, err := os.Stat(dir)
	return err == nil && s.opened != nil && os.SameFile(s.opened, now)
}

func openStorage(dir string) *filesystem.Storage {
	return filesystem.NewStorageWithOptions(osfs.New(dir), cache.NewObjectLRU(objectCache),
		filesystem.Options{KeepDescriptors: true})
}

func (s *store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.git.Close()
}

// read returns an object's content, which is the caller's.
func (s *store) read(id plumbing.Hash) (plumbing.ObjectType, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	object, err := s.git.EncodedObject(plumbing.AnyObject, id)
	if err != nil {
		return plumbing.InvalidObject, nil, err
	}
	content, err := readObject(object)
	if err != nil {
		return plumbing.InvalidObject, nil, err
	}
	return object.Type(), content, nil
}

func readObject(object plumbing.EncodedObject) ([]byte, error) {
	reader, err := object.Reader()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	content := make([]byte, object.Size())
	if _, err := io.ReadFull(reader, content); err != nil {
		return nil, err
	}
	return content, nil
}

// size is what len of the content would be, without reading it.
func (s *store) size(id plumbing.Hash) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.git.EncodedObjectSize(id)
}

func (s *store) has(id plumbing.Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.git.HasEncodedObject(id) == nil
}

func (s *store) hasAll(ids []plumbing.Hash) bool {
	for _, id := range ids {
		if !s.has(id) {
			return false
		}
	}
	return true
}

// empty tells whether there is no object at all.
func (s *store) empty() bool {
	entries, err := os.ReadDir(filepath.Join(s.dir, "objects"))
	packs, listing := os.ReadDir(filepath.Join(s.dir, "objects", "pack"))
	const subdirectories = 2 // pack and info
	return err == nil && listing == nil && len(entries) == subdirectories && len(packs) == 0
}

// refresh makes packs visible that came since the store was opened.
func (s *store) refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.git.Reindex()
}

// add writes one object.
func (s *store) add(kind plumbing.ObjectType, content []byte) (plumbing.Hash, error) {
	object := &plumbing.MemoryObject{}
	object.SetType(kind)
	if _, err := object.Write(content); err != nil {
		return plumbing.ZeroHash, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.git.HasEncodedObject(object.Hash()) == nil {
		return object.Hash(), nil
	}
	return s.git.SetEncodedObject(object)
}

// withPrefix lists the objects whose names begin with the digits.
func (s *store) withPrefix(digits string) ([]plumbing.Hash, error) {
	whole, err := hex.DecodeString(digits[:len(digits)&^1])
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.git.HashesWithPrefix(whole)
	if err != nil {
		return nil, err
	}
	matching := found[:0]
	for _, id := range found {
		if strings.HasPrefix(id.String(), digits) {
			matching = append(matching, id)
		}
	}
	return matching, nil
}

// looseLimit is the number of objects up to which they are stored one by one, so that a mirror that is fetched into for
// months does not gather a pack, and an open file, for each time.
const looseLimit = 100

// receive writes a stream in pack format. Readers go on meanwhile: it works on a storage of its own, and a pack appears,
// complete, under its name at the end.
func (s *store) receive(stream io.Reader) error {
	const header = 12
	buffered := bufio.NewReader(stream)
	start, err := buffered.Peek(header)
	if err != nil {
		return fmt.Errorf("reading the pack: %w", err)
	}
	writer := openStorage(s.dir)
	if binary.BigEndian.Uint32(start[header-4:]) <= looseLimit {
		var parser *packfile.Parser
		if parser, err = packfile.NewParserWithStorage(packfile.NewScanner(buffered), writer); err == nil {
			_, err = parser.Parse()
		}
	} else {
		err = packfile.UpdateObjectStorage(writer, buffered)
	}
	s.refresh()
	return errors.Join(err, writer.Close())
}

// pack encodes objects for the other side.
func (s *store) pack(ids []plumbing.Hash) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var buffer bytes.Buffer
	// No search for deltas: what is pushed is a handful of small objects.
	if _, err := packfile.NewEncoder(&buffer, s.git, false).Encode(ids, 0); err != nil {
		return nil, fmt.Errorf("packing %d objects: %w", len(ids), err)
	}
	return buffer.Bytes(), nil
}
