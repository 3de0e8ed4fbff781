package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/config"
)

// Person tells whom Git on this machine commits as: the author of the environment, or else that of the person's and
// the system's configuration. It is empty unless both the name and the address are known; Git would guess.
func Person() (Signature, error) {
	who := Signature{Name: os.Getenv("GIT_AUTHOR_NAME"), Email: os.Getenv("GIT_AUTHOR_EMAIL")}
	for _, file := range configFiles() {
		if who.Name != "" && who.Email != "" {
			break
		}
		c, err := readConfig(file)
		if err != nil {
			return Signature{}, fmt.Errorf("find out whom Git is configured for: %w", err)
		}
		for _, section := range []string{"author", "user"} {
			if who.Name == "" {
				who.Name = c.Section(section).Option("name")
			}
			if who.Email == "" {
				who.Email = c.Section(section).Option("email")
			}
		}
	}
	who.Name, who.Email = strings.TrimSpace(who.Name), strings.TrimSpace(who.Email)
	if who.Name == "" || who.Email == "" {
		return Signature{}, nil
	}
	return who, nil
}

// configFiles are Git's, the one that counts most first.
func configFiles() []string {
	var files []string
	if file, ok := os.LookupEnv("GIT_CONFIG_GLOBAL"); ok {
		files = append(files, file)
	} else {
		home, err := os.UserHomeDir()
		if err == nil {
			files = append(files, filepath.Join(home, ".gitconfig"))
		}
		if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
			files = append(files, filepath.Join(dir, "git", "config"))
		} else if err == nil {
			files = append(files, filepath.Join(home, ".config", "git", "config"))
		}
	}
	if file, ok := os.LookupEnv("GIT_CONFIG_SYSTEM"); ok {
		return append(files, file)
	}
	switch strings.ToLower(os.Getenv("GIT_CONFIG_NOSYSTEM")) {
	case "", "0", "false", "no", "off":
		return append(files, "/etc/gitconfig")
	}
	return files
}

// readConfig reads a file of Git's configuration; one that is not there is empty.
func readConfig(file string) (*config.Config, error) {
	c := config.New()
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) || file == "" {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := config.NewDecoder(f).Decode(c); err != nil {
		// The parser may repeat what it could not read, which may be a credential.
		return nil, fmt.Errorf("%s is not a configuration of Git", file)
	}
	return c, nil
}
