package forge

import (
	"context"
	"fmt"
	"os"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// Environment is the variable that has a token for a kind of forge.
func Environment(k Kind) string {
	switch k {
	case GitHub:
		return "GITHUB_TOKEN"
	case GitLab:
		return "GITLAB_TOKEN"
	}
	return "GITEA_TOKEN"
}

// opener opens a forge, and says where it was found.
type opener struct {
	username string // of a login that Git has
	secret   string
	from     string
}

// opens finds what opens the forge: what the settings name, the environment, and what Git has for the host. What has
// opened it before is not looked for again.
func (f *Forge) opens(ctx context.Context) opener {
	f.mu.Lock()
	o := f.opener
	f.mu.Unlock()
	if o.secret != "" {
		return o
	}
	if f.token != "" {
		return opener{secret: f.token, from: fmt.Sprintf("the token of %s under forges in settings.yaml", f.Host())}
	}
	if name := Environment(f.kind); os.Getenv(name) != "" {
		return opener{secret: os.Getenv(name), from: "the token in " + name}
	}
	username, password := gitrepo.Password(ctx, f.login)
	return opener{username: username, secret: password, from: "the login that Git has for " + f.Host()}
}

// remember keeps what has opened the forge.
func (f *Forge) remember(o opener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opener = o
}

// advice is how to give the forge a token.
func (f *Forge) advice() string {
	return fmt.Sprintf("set %s, or name one for %s under forges in settings.yaml", Environment(f.kind), f.Host())
}
