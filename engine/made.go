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
	// tags has the newest commit that gave each, and replaced the newest that
	// gave another in the place of each.
	tags, replaced map[madeKey]string
	err            error // why that is not known
}

// by is the commit that gave a container a tag, or "". When Git does not name
// the tag any more, somebody has taken it back.
func (m made) by(key madeKey) string {
	return newest(m.tags, key)
}

// replacedBy is the commit that gave a container another tag in the place of one,
// or "".
func (m made) replacedBy(key madeKey) string { return newest(m.replaced, key) }

func newest(commits map[madeKey]string, key madeKey) string {
	if commit := commits[key]; commit != "" {
		return commit
	}
	key.container = ""
	return commits[key]
}

// searchedCommits is how far back it is looked for what evenkeel has committed.
const searchedCommits = 2000

// readMade reads the history before a revision. Paths are what the environment
// reads.
func readMade(ctx context.Context, m *gitrepo.Mirror, environment string, head gitrepo.Hash, paths []string) made {
	all := made{head: head, tags: map[madeKey]string{}, replaced: map[madeKey]string{}}
	page, err := m.History(ctx, gitrepo.HistoryOptions{From: head, Paths: paths, Limit: searchedCommits})
	if all.err = err; err != nil {
		return all
	}
	note := func(commits map[madeKey]string, keys []madeKey, c gitrepo.Commit) {
		for _, key := range keys {
			if commits[key] == "" {
				commits[key] = string(c.Hash)
			}
		}
	}
	for _, c := range page.Commits {
		if slices.Contains(c.Trailers[trailerEnvironment], environment) {
			given, replaced := givenBy(c)
			note(all.tags, given, c)
			note(all.replaced, replaced, c)
		}
	}
	return all
}

// givenBy lists what a commit says that it gave, and in the place of what.
func givenBy(c gitrepo.Commit) (given, replaced []madeKey) {
	containers := c.Trailers[trailerContainer]
	if len(containers) == 0 {
		containers = []string{""}
	}
	for _, line := range c.Trailers[trailerImage] {
		repository, from, to, ok := parseImageTrailer(line)
		if !ok {
			continue
		}
		for _, container := range containers {
			given = append(given, madeKey{container, repository, to})
			replaced = append(replaced, madeKey{container, repository, from})
		}
	}
	return given, replaced
}
