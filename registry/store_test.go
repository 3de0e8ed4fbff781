package registry_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/registry"
	"github.com/evenkeel/evenkeel/registry/registrytest"
)

// filled is a cache with a few images in it, and what asks for one of them.
func filled(t *testing.T) (file string, ask func(*registry.Client) (requests int64), options registry.Options) {
	t.Helper()
	server := serve(t)
	options = registry.Options{CacheDir: filepath.Join(t.TempDir(), "cache"), Insecure: []string{server.Host()}}
	for i := range 20 {
		push(t, server, "shop/api", fmt.Sprintf("1.0.%d", i), registrytest.Options{Created: built})
	}
	ask = func(client *registry.Client) int64 {
		t.Helper()
		for i := range 20 {
			ref := reference(t, fmt.Sprintf("%s/shop/api:1.0.%d", server.Host(), i))
			image, err := client.Image(t.Context(), ref, registry.Platform{})
			if err != nil || !image.Created.Equal(built) {
				t.Fatalf("%+v %v", image, err)
			}
		}
		return client.Hosts()[0].Requests
	}
	client := open(t, options)
	ask(client)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(options.CacheDir)
	if err != nil || len(files) != 1 {
		t.Fatalf("the cache is %v: %v", files, err)
	}
	return filepath.Join(options.CacheDir, files[0].Name()), ask, options
}

func TestTheSecondEvenkeelGoesWithoutTheCache(t *testing.T) {
	file, ask, options := filled(t)
	first, second := open(t, options), open(t, options)
	if notices := first.Notices(); len(notices) != 0 {
		t.Error(notices)
	}
	if notices := second.Notices(); len(notices) != 1 || !strings.Contains(notices[0], "another evenkeel is using "+file) {
		t.Error(notices)
	}
	if with, without := ask(first), ask(second); with >= without {
		t.Errorf("%d requests with the cache, %d without", with, without)
	}
	before := second.Hosts()[0].Requests
	if again := ask(second) - before; again != 20 {
		t.Errorf("%d requests for what it knows", again)
	}
}

func TestADirectoryThatCannotBeWritten(t *testing.T) {
	_, ask, options := filled(t)
	occupied := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(occupied, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	options.CacheDir = occupied
	client := open(t, options)
	if notices := client.Notices(); len(notices) != 1 || !strings.Contains(notices[0], "not kept on disk") {
		t.Error(notices)
	}
	ask(client)
}

func TestADamagedCacheIsSetAside(t *testing.T) {
	file, ask, options := filled(t)
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	damage := map[string]func([]byte) []byte{
		"another file":  func([]byte) []byte { return []byte(strings.Repeat("not a database\n", 4000)) },
		"a short file":  func([]byte) []byte { return []byte("x") },
		"zeros":         func(b []byte) []byte { return make([]byte, len(b)) },
		"cut in half":   func(b []byte) []byte { return b[:len(b)/2] },
		"cut to metas":  func(b []byte) []byte { return b[:2*page] },
		"cut to a page": func(b []byte) []byte { return b[:page] },
		"all pages but the metas": func(b []byte) []byte {
			for i := 2 * page; i < len(b); i++ {
				b[i] ^= 0x5a
			}
			return b
		},
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			options.CacheDir = t.TempDir()
			damaged := filepath.Join(options.CacheDir, filepath.Base(file))
			if err := os.WriteFile(damaged, do(append([]byte(nil), sound...)), 0o600); err != nil {
				t.Fatal(err)
			}
			client := open(t, options)
			notices := client.Notices()
			if len(notices) != 1 || !strings.Contains(notices[0], "begun anew") || strings.Contains(notices[0], "\n") {
				t.Error(notices)
			}
			aside, err := filepath.Glob(damaged + ".damaged-*")
			if err != nil || len(aside) != 1 || !strings.Contains(strings.Join(notices, ""), aside[0]) {
				t.Errorf("it is set aside as %v: %v", aside, err)
			}
			ask(client)
			if err := client.Close(); err != nil {
				t.Error(err)
			}
			again := open(t, options)
			if notices := again.Notices(); len(notices) != 0 {
				t.Error(notices)
			}
			if requests := ask(again); requests > 25 {
				t.Errorf("%d requests with the new cache", requests)
			}
		})
	}
}

// TestDamageIsNeverBelieved damages one place at a time. Whatever page it is in, what is read is right.
func TestDamageIsNeverBelieved(t *testing.T) {
	file, ask, options := filled(t)
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	try := func(content []byte) {
		t.Helper()
		options.CacheDir = t.TempDir()
		if err := os.WriteFile(filepath.Join(options.CacheDir, filepath.Base(file)), content, 0o600); err != nil {
			t.Fatal(err)
		}
		client := open(t, options)
		ask(client)
		_ = client.Close() // may tell of the damage
	}
	for at := 7; at < len(sound); at += len(sound) / 16 {
		broken := bytes.Clone(sound)
		broken[at] ^= 0x11
		try(broken)
	}
	for cut := 0; cut < len(sound); cut += os.Getpagesize() {
		try(sound[:cut])
	}
	date := []byte(built.Format("2006-01-02"))
	if !bytes.Contains(sound, date) {
		t.Fatal("no date is in the file")
	}
	try(bytes.ReplaceAll(sound, date, []byte(built.AddDate(0, 0, 1).Format("2006-01-02"))))
}
