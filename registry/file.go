package registry

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	fileName = "registries-1.db" // the number is the form's
	// fileLimit is how large the file may grow before it is begun anew. A few hundred thousand images fit.
	fileLimit = 512 << 20
)

// file is the store on disk. It belongs to one process at a time. Nothing in it is worth waiting for the disk: a crash
// of the machine may damage it, which is found, and then it is begun anew.
type file struct {
	db *bolt.DB
}

// openFile opens the file in dir, and makes a new one where there is none or none that is sound. The notice tells a
// person what became of the old one.
func openFile(dir string, now func() time.Time) (f *file, notice string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("making the cache directory: %w", err)
	}
	path := filepath.Join(dir, fileName)
	f, err = openSound(path)
	if err == nil || errors.Is(err, bolterrors.ErrTimeout) || errors.Is(err, os.ErrPermission) {
		if errors.Is(err, bolterrors.ErrTimeout) {
			err = fmt.Errorf("another evenkeel is using %s", path)
		}
		return f, "", err
	}
	aside := path + ".damaged-" + now().UTC().Format("20060102-150405")
	if err := os.Rename(path, aside); err != nil {
		return nil, "", fmt.Errorf("setting the damaged cache aside: %w", err)
	}
	notice = fmt.Sprintf("the cache of registries was begun anew; the old one is at %s (%v)", aside, err)
	f, err = openSound(path)
	return f, notice, err
}

// openSound opens a file and reads all of its structure.
func openSound(path string) (*file, error) {
	var f *file
	err := guard(func() error {
		// The shortest time there is: one try for the lock. The list of free pages is written too, as finding them on
		// opening walks the whole file in a goroutine of the library's, where damage would end the process.
		db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Nanosecond, NoSync: true})
		if err != nil {
			return err
		}
		f = &file{db}
		return f.check(path)
	})
	if err != nil && f != nil {
		err = errors.Join(err, f.close())
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// check finds damage. A file that is cut off must be found first: reading on would end the process.
func (f *file) check(path string) error {
	return f.db.View(func(tx *bolt.Tx) error {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return err
		case info.Size() < tx.Size():
			return errors.New("it is cut off")
		case info.Size() > fileLimit:
			return fmt.Errorf("it is larger than %d MiB", fileLimit>>20)
		}
		for damage := range tx.Check() {
			err = cmp.Or(err, damage)
		}
		return err
	})
}

func (f *file) close() error { return guard(f.db.Close) }

// get gives nil for what is not there, or is damaged.
func (f *file) get(kind, key string) (value []byte, err error) {
	err = guard(func() error {
		return f.db.View(func(tx *bolt.Tx) error {
			if bucket := tx.Bucket([]byte(kind)); bucket != nil {
				value = unseal(key, bucket.Get([]byte(key)))
			}
			return nil
		})
	})
	return value, err
}

func (f *file) put(kind, key string, value []byte) error {
	return guard(func() error {
		return f.db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte(kind))
			if err != nil {
				return err
			}
			return bucket.Put([]byte(key), seal(key, value))
		})
	})
}

// seal puts a checksum of key and value in front: the file has none of what is in its pages.
func seal(key string, value []byte) []byte {
	return append(checksum(key, value), value...)
}

func unseal(key string, sealed []byte) []byte {
	if len(sealed) < crc32.Size {
		return nil
	}
	value := bytes.Clone(sealed[crc32.Size:])
	if !bytes.Equal(sealed[:crc32.Size], checksum(key, value)) {
		return nil
	}
	return value
}

func checksum(key string, value []byte) []byte {
	sum := crc32.NewIEEE()
	_, _ = sum.Write([]byte(key))
	_, _ = sum.Write([]byte{0})
	_, _ = sum.Write(value)
	return binary.BigEndian.AppendUint32(nil, sum.Sum32())
}

// guard makes an error of a panic: that is how the library tells of a damaged page, and the system of a disk that
// fails under a mapped file.
func guard(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if damage := recover(); damage != nil {
			err = fmt.Errorf("it is damaged: %v", damage)
		}
	}()
	return work()
}
