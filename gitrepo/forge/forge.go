// Package forge opens pull requests where a repository is served by GitHub, GitLab, or Gitea and Forgejo, and tells what
// became of them. GitLab calls them merge requests.
//
// A [Forge] is made for one repository by [New]. Nothing is asked before one of its methods is called, and each of them
// asks anew; what has not changed since is not sent again where the server can tell.
package forge

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// Kind is the software that a forge runs.
type Kind string

// The kinds of forges.
const (
	GitHub Kind = "github"
	GitLab Kind = "gitlab"
	Gitea  Kind = "gitea" // and Forgejo
)

// Options say which repository a forge serves, and how to reach it.
type Options struct {
	// Repository is its URL in any form that gitrepo understands.
	Repository string
	// Kind is what the forge runs; empty is known by the host alone.
	Kind Kind
	// URL is where the forge's pages are; empty is the host of the repository.
	URL string
	// Tokens open forges, by host, with its port if it has one. Without one for the host it is what Environment names, and
	// else what Git has for the host.
	Tokens map[string]string
	// Version is of evenkeel, for the user agent.
	Version string
}

// State says what became of a pull request.
type State string

// The states of a pull request.
const (
	Open   State = "Open"
	Merged State = "Merged"
	Closed State = "Closed" // without having been merged
)

// PullRequest is one of the repository's.
type PullRequest struct {
	Number int
	URL    string // its page
	Title  string
	State  State
	Branch string // that is to be merged
	Commit string // the newest of the branch
	// Reason says what keeps an open one from being merged, as far as that was asked for and the forge tells.
	Reason           string
	Created, Updated time.Time
}

// Proposal is a pull request to be opened.
type Proposal struct {
	Title, Body  string // Body is Markdown
	Branch, Onto string
}

// longestTitle is what every forge takes.
const longestTitle = 250

// patience bounds every question.
const patience = 20 * time.Second

// Forge is where one repository's pull requests are.
type Forge struct {
	kind    Kind
	web     *url.URL // without a slash at its end
	project string   // the repository's path there
	token   string
	login   string // a URL that Git can be asked about
	agent   string
	http    *http.Client

	mu     sync.Mutex
	opener opener // what opened it last
}

// client speaks with one kind of forge. Its errors are *refusal, or those of the connection.
type client interface {
	open(ctx context.Context, p Proposal) (PullRequest, error)
	// waiting are the open ones, the newest first.
	waiting(ctx context.Context) ([]PullRequest, error)
	// from are those of a branch, whatever became of them, the newest first.
	from(ctx context.Context, branch string) ([]PullRequest, error)
	// get is one, with what keeps it.
	get(ctx context.Context, number int) (PullRequest, error)
	close(ctx context.Context, number int) error
}

// wellKnown is the forge at a host that everybody knows, and where its pages are: some answer SSH at another host, where
// only port 443 is open.
func wellKnown(host string) (kind Kind, web string) {
	switch strings.ToLower(host) {
	case "github.com", "ssh.github.com":
		return GitHub, "github.com"
	case "gitlab.com", "altssh.gitlab.com":
		return GitLab, "gitlab.com"
	case "gitea.com", "codeberg.org":
		return Gitea, strings.ToLower(host)
	}
	return "", ""
}

// New makes the forge of a repository. It is nil when no forge is known for it.
func New(o Options) (*Forge, error) {
	at, err := gitrepo.Locate(o.Repository)
	if err != nil {
		return nil, err
	}
	known, host := wellKnown(at.Host)
	kind := cmp.Or(o.Kind, known)
	switch {
	case kind == "":
		return nil, nil
	case at.Scheme == "file" && o.URL == "":
		return nil, fmt.Errorf("%s is on this machine, and no %s tells of it there", gitrepo.Display(o.Repository), kind)
	case !slices.Contains([]Kind{GitHub, GitLab, Gitea}, kind):
		return nil, fmt.Errorf("there is no forge %q: there are %s, %s and %s", kind, GitHub, GitLab, Gitea)
	}
	web := at.Web()
	web.Host = cmp.Or(host, web.Host)
	if o.URL != "" {
		if web, err = url.Parse(strings.TrimSuffix(o.URL, "/")); err != nil || web.Host == "" {
			return nil, fmt.Errorf("the forge's URL %q does not parse", gitrepo.Display(o.URL))
		}
	}
	project := at.Path
	if at.Scheme != "ssh" {
		// The forge may lie below a path, and so does what is cloned from it then.
		project = strings.TrimPrefix(strings.TrimPrefix("/"+project, web.Path), "/")
	}
	f := &Forge{
		kind: kind, web: web, project: project, token: o.Tokens[web.Host], login: web.JoinPath(project).String(),
		agent: "evenkeel/" + o.Version, http: newHTTPClient(),
	}
	if at.Web().Host == web.Host && at.Scheme != "ssh" {
		f.login = o.Repository // it may have a login in it, which is nobody else's
	}
	if parts := strings.Split(project, "/"); len(parts) < 2 || kind != GitLab && len(parts) != 2 {
		return nil, fmt.Errorf("%s is no repository of a %s: that would be %s/OWNER/NAME", gitrepo.Display(o.Repository), kind, web)
	}
	return f, nil
}

// Kind tells what the forge runs.
func (f *Forge) Kind() Kind { return f.kind }

// Host is the forge's, with its port: what settings name it by.
func (f *Forge) Host() string { return f.web.Host }

// Open opens a pull request. It fails with ErrExists when there is an open one of that branch.
func (f *Forge) Open(ctx context.Context, p Proposal) (PullRequest, error) {
	if title := []rune(p.Title); len(title) > longestTitle {
		p.Title = string(title[:longestTitle-1]) + "…"
	}
	var made PullRequest
	err := f.ask(ctx, true, func(ctx context.Context, c client) (err error) {
		made, err = c.open(ctx, p)
		return err
	})
	return made, err
}

// Waiting lists the open pull requests of branches whose names begin with a prefix, the newest first. What keeps them is
// not told: Get does.
func (f *Forge) Waiting(ctx context.Context, prefix string) ([]PullRequest, error) {
	var found []PullRequest
	err := f.ask(ctx, false, func(ctx context.Context, c client) (err error) {
		found, err = c.waiting(ctx)
		return err
	})
	return slices.DeleteFunc(found, func(p PullRequest) bool { return !strings.HasPrefix(p.Branch, prefix) }), err
}

// From lists the pull requests of one branch, whatever became of them, the newest first.
func (f *Forge) From(ctx context.Context, branch string) ([]PullRequest, error) {
	var found []PullRequest
	err := f.ask(ctx, false, func(ctx context.Context, c client) (err error) {
		found, err = c.from(ctx, branch)
		return err
	})
	return found, err
}

// Get tells of one pull request, and of an open one what keeps it.
func (f *Forge) Get(ctx context.Context, number int) (PullRequest, error) {
	var found PullRequest
	err := f.ask(ctx, false, func(ctx context.Context, c client) (err error) {
		found, err = c.get(ctx, number)
		return err
	})
	return found, err
}

// Close closes a pull request without merging it.
func (f *Forge) Close(ctx context.Context, number int) error {
	return f.ask(ctx, true, func(ctx context.Context, c client) error { return c.close(ctx, number) })
}

// ask puts a question to the forge with what opens it.
func (f *Forge) ask(ctx context.Context, writes bool, question func(context.Context, client) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o := f.opens(ctx)
	if writes && o.secret == "" {
		return f.fail(ErrAuth, "there is no token for it: "+f.advice())
	}
	c, err := f.client(o)
	if err == nil {
		err = question(ctx, c)
	}
	if err == nil {
		f.remember(o)
		return nil
	}
	return f.explain(err, o)
}

func (f *Forge) client(o opener) (client, error) {
	switch f.kind {
	case GitHub:
		return newGitHub(f, o)
	case GitLab:
		return newGitLab(f, o)
	default:
		return newGitea(f, o)
	}
}
