package command

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel/engine/config"
)

// readLogins fills in the passwords that settings.yaml keeps in files.
func readLogins(logins map[string]config.Login) (map[string]config.Login, error) {
	logins = maps.Clone(logins)
	for host, login := range logins {
		if login.PasswordFile == "" {
			continue
		}
		password, err := readPassword(login.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("log in to %s: %w", host, err)
		}
		login.Password, login.PasswordFile = password, ""
		logins[host] = login
	}
	return logins, nil
}

// readPassword reads a file that has a password, and the newline that editors
// put behind it.
func readPassword(file string) (string, error) {
	if rest, ok := strings.CutPrefix(file, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find %s: %w", file, err)
		}
		file = filepath.Join(home, rest)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if password == "" {
		return "", fmt.Errorf("%s, which should hold the password, is empty", file)
	}
	return password, nil
}
