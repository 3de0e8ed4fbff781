package engine

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// madeKey is a tag that a container was given. Commits by which evenkeel did not
// say which container it was leave that empty.
type madeKey struct{ container, repository, tag string }

// given is the key of an image being given a tag.
func (u *use) given(tag string) madeKey { return madeKey{u.text(), u.repository(), tag} }

// made is what evenkeel has committed in an environment, as far as the history
// of a revision says. It is immutable.
type made struct {
	head gitrepo.Hash
	// tags has the newest commit that gave each.
	tags map[madeKey]string
	err  error // why that is not known
}

// by is the commit that gave a container a tag, or "". When Git does not name
// the tag any more, somebody has taken it back.
func (m made) by(key madeKey) string {
	if commit := m.tags[key]; commit != "" {
		return commit
	}
	key.container = ""
	return m.tags[key]
}

// searchedCommits is how far back it is looked for what evenkeel has committed.
const searchedCommits = 2000

// readMade reads the history before a revision. Paths are what the environment
// reads.
func readMade(ctx context.Context, m *gitrepo.Mirror, environment string, head gitrepo.Hash, paths []string) made {
	all := made{head: head, tags: map[madeKey]string{}}
	page, err := m.History(ctx, gitrepo.HistoryOptions{From: head, Paths: paths, Limit: searchedCommits})
	if all.err = err; err != nil {
		return all
	}
	for _, c := range page.Commits {
		if !slices.Contains(c.Trailers[trailerEnvironment], environment) {
			continue
		}
		for _, key := range givenBy(c) {
			if all.tags[key] == "" {
				all.tags[key] = string(c.Hash)
			}
		}
	}
	return all
}

// givenBy lists what a commit says that it gave.
func givenBy(c gitrepo.Commit) []madeKey {
	containers := c.Trailers[trailerContainer]
	if len(containers) == 0 {
		containers = []string{""}
	}
	var keys []madeKey
	for _, line := range c.Trailers[trailerImage] {
		repository, _, to, ok := parseImageTrailer(line)
		for _, container := range containers {
			if ok {
				keys = append(keys, madeKey{container, repository, to})
			}
		}
	}
	return keys
}
