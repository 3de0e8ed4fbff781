package registry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// helperTime is how long a credential helper may take. One that asks a person something has nobody to answer.
const helperTime = 10 * time.Second

// DefaultDockerConfig is the docker configuration of this user, or podman's where docker has none, or "".
func DefaultDockerConfig() string {
	var candidates []string
	home, err := os.UserHomeDir()
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		candidates = append(candidates, filepath.Join(dir, "config.json"))
	} else if err == nil {
		candidates = append(candidates, filepath.Join(home, ".docker", "config.json"))
	}
	candidates = append(candidates, os.Getenv("REGISTRY_AUTH_FILE"))
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		candidates = append(candidates, filepath.Join(dir, "containers", "auth.json"))
	}
	for _, file := range candidates {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}

// dockerLogins are the logins for the repository in a docker configuration: from the helper that it names for the
// host, or else written there, or else from the helper that it names for all hosts.
func dockerLogins(ctx context.Context, file string, repository Repository) ([]login, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var config struct {
		Auths       map[string]json.RawMessage `json:"auths"`
		CredHelpers map[string]string          `json:"credHelpers"`
		CredsStore  string                     `json:"credsStore"`
	}
	if err != nil || json.Unmarshal(data, &config) != nil {
		return nil, &Error{Target: file, Kind: ErrCredentials, Detail: "it is not a docker configuration that can be read"}
	}
	for key, helper := range config.CredHelpers {
		if normalKey(key) == repository.Host {
			return helperLogins(ctx, helper, key)
		}
	}
	entries, _ := parseAuths(file, config.Auths)
	if logins := fit(repository, Credentials{entries}); len(logins) > 0 || config.CredsStore == "" {
		return logins, nil
	}
	key := repository.Host
	if key == dockerHub {
		key = authn.DefaultAuthKey
	}
	return helperLogins(ctx, config.CredsStore, key)
}

// helperLogins asks a credential helper. What it complains of is not repeated: nobody knows what is in it.
func helperLogins(ctx context.Context, helper, key string) ([]login, error) {
	program := "docker-credential-" + helper
	limited, cancel := context.WithTimeout(ctx, helperTime)
	defer cancel()
	var out bytes.Buffer
	command := exec.CommandContext(limited, program, "get")
	command.Stdin = strings.NewReader(key)
	command.Stdout, command.Stderr = &limitedBuffer{&out, errorLimit}, io.Discard
	command.WaitDelay = time.Second
	err := command.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && strings.Contains(out.String(), "credentials not found") {
		return nil, nil // the helper's words for having none
	}
	var said struct{ Username, Secret string }
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &said)
	}
	if err != nil {
		why := "it ended with an error"
		switch {
		case errors.Is(err, exec.ErrNotFound):
			why = "there is no such program"
		case limited.Err() != nil:
			why = "it did not answer within " + helperTime.String()
		}
		return nil, &Error{Target: program, Kind: ErrCredentials, Detail: why + "; try: echo " + key + " | " + program + " get"}
	}
	l := Login{Username: said.Username, Password: said.Secret}
	if said.Username == "<token>" {
		l = Login{IdentityToken: said.Secret}
	}
	if cmp.Or(l.Password, l.IdentityToken) == "" {
		return nil, nil
	}
	return []login{{l, program}}, nil
}

// limitedBuffer takes so much and forgets the rest.
type limitedBuffer struct {
	to   *bytes.Buffer
	left int
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	take := min(len(p), b.left)
	b.left -= take
	b.to.Write(p[:take])
	return len(p), nil
}
