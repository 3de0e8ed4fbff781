// Package gitrepo is evenkeel's view of the config repository: a bare mirror on this machine, read at any revision
// without a work tree, and written by building commits in it and pushing them.
//
// Open a [Mirror], [Mirror.Fetch] it, read files with [Mirror.Tree] and commits with [Mirror.History], and change the
// repository with [Mirror.CommitAndPush]. Everything but Fetch, Resolve and the pushes works without a network.
package gitrepo

import (
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Hash names a Git object: 40 hexadecimal digits, or "" for none.
type Hash string

// Short is the hash as people write it: its first seven digits.
func (h Hash) Short() string {
	if len(h) < 7 {
		return string(h)
	}
	return string(h[:7])
}

// Options say which repository to mirror, and how to reach it.
type Options struct {
	// URL is an https, http, ssh or file URL, the short SSH form (git@host:path), or a path on this machine.
	URL string
	// Branch is the branch to follow; empty follows the remote's default branch.
	Branch string
	// Branches is how the names of other branches begin that are listed with every fetch; empty lists none.
	Branches string
	// CacheDir is where mirrors are kept; empty is evenkeel/repositories in the user's cache directory.
	CacheDir string
	// Credentials are used before anything else that could open the repository.
	Credentials Credentials
}

// Credentials open a repository that is not public. Whatever is left empty is looked for where Git would look: the URL,
// .netrc and Git's credential helpers for HTTP, the agent and the default key files for SSH.
type Credentials struct {
	Username string
	// Password is a password or an access token; a token needs no Username.
	Password string

	SSHKeyFile     string
	SSHKeyPassword string
	// KnownHostsFile replaces the user's and the system's known_hosts.
	KnownHostsFile string
}

// Signature says who did something, and when.
type Signature struct {
	Name, Email string
	When        time.Time
}

// Commit is one commit of the repository.
type Commit struct {
	Hash      Hash
	Parents   []Hash
	Author    Signature
	Committer Signature
	// Subject is the first paragraph of the message on one line, Body the rest.
	Subject, Body string
	// Trailers are the "Key: value" lines that end the message, by key as it is written.
	Trailers map[string][]string
}

// id is the Hash as go-git has it.
func (h Hash) id() plumbing.Hash { return plumbing.NewHash(string(h)) }

// valid tells whether h has the form of a full object name.
func (h Hash) valid() bool { return len(h) == 40 && isHex(string(h)) }

// hashOf is the reverse of Hash.id.
func hashOf(id plumbing.Hash) Hash {
	if id.IsZero() {
		return ""
	}
	return Hash(id.String())
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
