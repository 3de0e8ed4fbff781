// Package forgetest is a forge to test against: one server that serves a bare repository to Git over HTTP, and its pull
// requests by as much of the interfaces of GitHub, GitLab and Gitea as evenkeel uses. Merging is done by Git itself.
package forgetest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Project is the path of the repository.
const Project = "acme/config"

// User and Token open the forge, to Git as well.
const (
	User  = "ada"
	Token = "t0ken-that-nobody-may-see"
)

// PullRequest is one that the forge has.
type PullRequest struct {
	Number                    int
	Title, Body, Branch, Onto string
	State                     string // open, merged or closed
	Commit                    string // the branch's newest
	Created, Updated          time.Time
	// Conflict and Failing are what keeps it: Failing names a check.
	Conflict bool
	Failing  string
	// Checking is how often it is still told that it cannot be merged, as Gitea does while it finds that out.
	Checking int
	Fork     bool // its branch is of another repository
}

// Server is a forge with one repository.
type Server struct {
	*httptest.Server
	t   testing.TB
	dir string // the bare repository

	mu       sync.Mutex
	pulls    []*PullRequest
	broken   int // the status of every answer; 0 for good ones
	requests []string
	unasked  int // answers that were not sent, as nothing had changed
}

// New serves a repository that is made for it, with a first commit of the files.
func New(t testing.TB, files map[string]string) *Server {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is not installed, and the forge serves with it")
	}
	root := t.TempDir()
	s := &Server{t: t, dir: filepath.Join(root, Project+".git")}
	s.git(root, "init", "-q", "--bare", "-b", "main", s.dir)
	s.git(s.dir, "config", "http.receivepack", "true")
	backend := &cgi.Handler{
		Path:       filepath.Join(strings.TrimSpace(s.git(root, "--exec-path")), "git-http-backend"),
		Env:        []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1"},
		InheritEnv: []string{"PATH"},
		Stderr:     io.Discard,
	}
	routes := http.NewServeMux()
	s.speakGitHub(routes)
	s.speakGitLab(routes)
	s.speakGitea(routes)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			s.answer(w, r, routes)
			return
		}
		if name, password, _ := r.BasicAuth(); name != User || password != Token {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	if len(files) > 0 {
		s.Commit("first", files)
	}
	return s
}

// Repository is the repository's URL, without what opens it.
func (s *Server) Repository() string { return s.URL + "/" + Project + ".git" }

// Opened is the repository's URL with what opens it.
func (s *Server) Opened() string {
	return strings.Replace(s.Repository(), "://", "://"+User+":"+Token+"@", 1)
}

// Dir is the bare repository.
func (s *Server) Dir() string { return s.dir }

// Commit changes files on main, and returns the commit.
func (s *Server) Commit(message string, files map[string]string) string {
	s.t.Helper()
	return s.work("main", func(dir string) { s.change(dir, message, files) })
}

// Branch changes files on a branch of its own that leaves main, and returns the commit.
func (s *Server) Branch(branch, message string, files map[string]string) string {
	s.t.Helper()
	return s.work(branch, func(dir string) { s.change(dir, message, files) })
}

func (s *Server) change(dir, message string, files map[string]string) {
	s.t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		s.must(os.MkdirAll(filepath.Dir(path), 0o755))
		s.must(os.WriteFile(path, []byte(content), 0o644))
	}
	s.git(dir, "add", "-A")
	s.git(dir, "commit", "-q", "-m", message)
}

// work does something on a branch in a clone, and pushes what came of it.
func (s *Server) work(branch string, do func(dir string)) string {
	s.t.Helper()
	dir := s.t.TempDir()
	s.git(dir, "clone", "-q", s.dir, ".")
	if s.has(branch) {
		s.git(dir, "checkout", "-q", "-B", branch, "origin/"+branch)
	} else {
		s.git(dir, "checkout", "-q", "-B", branch)
	}
	do(dir)
	s.git(dir, "push", "-q", "origin", branch)
	return strings.TrimSpace(s.git(dir, "rev-parse", "HEAD"))
}

func (s *Server) has(branch string) bool {
	return exec.Command("git", "-C", s.dir, "rev-parse", "-q", "--verify", "refs/heads/"+branch).Run() == nil
}

// Head is the newest commit of a branch; empty when there is no such branch.
func (s *Server) Head(branch string) string {
	s.t.Helper()
	if !s.has(branch) {
		return ""
	}
	return strings.TrimSpace(s.git(s.dir, "rev-parse", "refs/heads/"+branch))
}

// Branches are the names of all branches.
func (s *Server) Branches() []string {
	s.t.Helper()
	return strings.Fields(s.git(s.dir, "for-each-ref", "--format=%(refname:short)", "refs/heads"))
}

// File is what a file says on a branch.
func (s *Server) File(branch, name string) string {
	s.t.Helper()
	return s.git(s.dir, "show", branch+":"+name)
}

// Add adds a pull request that evenkeel has not opened.
func (s *Server) Add(p PullRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(&p)
}

func (s *Server) add(p *PullRequest) *PullRequest {
	p.Number = len(s.pulls) + 1
	p.State, p.Created = "open", time.Now()
	p.Updated = p.Created
	s.pulls = append(s.pulls, p)
	return p
}

// PullRequests are all that there are, the oldest first.
func (s *Server) PullRequests() []PullRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []PullRequest
	for _, p := range s.pulls {
		all = append(all, *p)
	}
	return all
}

// Change changes a pull request, as a person or a check would.
func (s *Server) Change(number int, change func(*PullRequest)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.pulls[number-1])
	s.pulls[number-1].Updated = time.Now()
}

// The ways in which a forge merges.
const (
	MergeCommit = "merge"
	Squash      = "squash"
	Rebase      = "rebase"
)

// Merge merges a pull request, and returns what main is at by that.
func (s *Server) Merge(number int, way string) string {
	s.t.Helper()
	p := s.PullRequests()[number-1]
	head := s.work(p.Onto, func(dir string) {
		branch := "origin/" + p.Branch
		switch way {
		case Squash:
			s.git(dir, "merge", "-q", "--squash", branch)
			s.git(dir, "commit", "-q", "-m", fmt.Sprintf("%s (#%d)", p.Title, number))
		case Rebase:
			s.git(dir, "cherry-pick", p.Onto+".."+branch)
			s.git(dir, "commit", "-q", "--amend", "--no-edit", "--reset-author")
		default:
			s.git(dir, "merge", "-q", "--no-ff", "-m", fmt.Sprintf("Merge pull request #%d", number), branch)
		}
	})
	s.Change(number, func(p *PullRequest) { p.State = "merged" })
	return head
}

// Delete takes a branch away.
func (s *Server) Delete(branch string) {
	s.t.Helper()
	s.git(s.dir, "update-ref", "-d", "refs/heads/"+branch)
}

// Hook makes a hook of the repository.
func (s *Server) Hook(name, script string) {
	s.t.Helper()
	s.must(os.WriteFile(filepath.Join(s.dir, "hooks", name), []byte("#!/bin/sh\n"+script), 0o755))
}

// Break answers every question about pull requests with a status, until it is 0.
func (s *Server) Break(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = status
}

// Requests are the questions about pull requests so far, and how many of them were answered with nothing new.
func (s *Server) Requests() (all []string, unchanged int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests), s.unasked
}

// git runs Git away from whoever runs the tests.
func (s *Server) git(dir string, arguments ...string) string {
	s.t.Helper()
	command := exec.Command("git", arguments...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Forge", "GIT_AUTHOR_EMAIL=forge@example.com", "GIT_COMMITTER_NAME=Forge", "GIT_COMMITTER_EMAIL=forge@example.com")
	out, err := command.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Elsewhere is a server that sends every request on to another one. It returns its URL, and tells see of each request.
func Elsewhere(t testing.TB, to string, see func(*http.Request)) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if see != nil {
			see(r)
		}
		http.Redirect(w, r, to+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
