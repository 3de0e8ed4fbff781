package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// mostTags is how long a tag list may be, over all its pages.
	mostTags  = 200_000
	mostPages = 2_000
	// pageSize is what some registries refuse to exceed.
	pageSize = 1000
	// pageLimit is how long the text of one page may be. There are registries that know no pages.
	pageLimit = 16 << 20
)

// TagList is what tags a repository has.
type TagList struct {
	Repository Repository
	// Tags are those that name images, sorted by their bytes. It is shared: do not change it.
	Tags []string
	// Signatures is how many tags were left out because they name signatures, attestations or bills of material,
	// Invalid how many because they are not tags at all.
	Signatures, Invalid int
	// At is when the registry said so.
	At time.Time
	// Unchanged tells that the list is the same as the last time.
	Unchanged bool
}

// page is one page of a tag list, as the registry gave it.
type page struct {
	Path string   `json:"path"`
	Next string   `json:"next,omitempty"`
	ETag string   `json:"etag,omitempty"`
	Tags []string `json:"tags"`
}

func (p page) equal(other page) bool {
	return p.Path == other.Path && p.Next == other.Next && p.ETag == other.ETag && slices.Equal(p.Tags, other.Tags)
}

// listing is a whole tag list.
type listing struct {
	Pages []page `json:"pages"`
}

// Tags asks which tags a repository has. A page of the list that the registry says has not changed is not sent again.
func (c *Client) Tags(ctx context.Context, repository Repository, credentials ...Credentials) (TagList, error) {
	leave, err := c.learn.enter(ctx, "tags "+repository.String())
	if err != nil {
		return TagList{}, at(repository, err, ErrUnavailable)
	}
	defer leave()
	last, _, known := c.store.listing(repository)
	var current listing
	err = c.with(ctx, repository, credentials, func(s *session) error {
		var err error
		current, err = c.list(ctx, s, last)
		return err
	})
	if err != nil {
		return TagList{}, at(repository, err, ErrInvalid)
	}
	now := c.options.Now()
	c.store.putListing(repository, current, now, known && slices.EqualFunc(current.Pages, last.Pages, page.equal))
	list := current.candidates(repository)
	list.At, list.Unchanged = now, known && slices.Equal(list.Tags, last.candidates(repository).Tags)
	return list, nil
}

// LastTags is the last list that the registry gave, asking nothing.
func (c *Client) LastTags(repository Repository) (TagList, bool) {
	last, at, known := c.store.listing(repository)
	if !known {
		return TagList{}, false
	}
	list := last.candidates(repository)
	list.At, list.Unchanged = at, true
	return list, true
}

// list reads a tag list page by page.
func (c *Client) list(ctx context.Context, s *session, last listing) (listing, error) {
	first := "/v2/" + s.repository.Path + "/tags/list"
	next, size := first+"?n="+strconv.Itoa(pageSize), 0
	asked := map[string]bool{}
	var current listing
	for next != "" {
		if asked[next] {
			return listing{}, &Error{Kind: ErrInvalid, Detail: "the pages of its tag list go in circles"}
		}
		asked[next] = true
		got, err := c.page(ctx, s, next, last)
		var refused *Error
		if errors.As(err, &refused) && refused.Status == http.StatusBadRequest && len(asked) == 1 {
			// It allows fewer on a page.
			next = first
			continue
		}
		if err != nil {
			return listing{}, err
		}
		current.Pages = append(current.Pages, got)
		if size += len(got.Tags); size > mostTags || len(current.Pages) > mostPages {
			return listing{}, &Error{Kind: ErrTooLarge,
				Detail: fmt.Sprintf("it has more than %d tags, or more than %d pages of them; remove old ones", mostTags, mostPages)}
		}
		next = got.Next
	}
	return current, nil
}

// page reads one page, or takes the last one when it is still the same.
func (c *Client) page(ctx context.Context, s *session, path string, last listing) (page, error) {
	q := question{method: http.MethodGet, path: path, header: http.Header{"Accept": {"application/json"}}, most: pageLimit}
	i := slices.IndexFunc(last.Pages, func(p page) bool { return p.Path == path && p.ETag != "" })
	if i >= 0 {
		q.header.Set("If-None-Match", last.Pages[i].ETag)
	}
	got, err := c.ask(ctx, s, q)
	if err != nil {
		return page{}, err
	}
	if got.status == http.StatusNotModified {
		return last.Pages[i], nil
	}
	var body struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal(got.body, &body); err != nil {
		return page{}, &Error{Kind: ErrInvalid, Detail: "its tag list is not the JSON that a registry gives"}
	}
	next, err := s.next(got.header.Get("Link"), path)
	if err != nil {
		return page{}, err
	}
	return page{Path: path, Next: next, ETag: got.header.Get("ETag"), Tags: body.Tags}, nil
}

// next is the path of the page that a Link header says is next. It is in the same registry, whatever the header says
// of scheme and host: those behind a proxy often do not know their own.
func (s *session) next(link, current string) (string, error) {
	wrong := &Error{Kind: ErrInvalid, Detail: "where it says the next page of its tag list is, there is none"}
	target, _, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	if link == "" || target == "" {
		return "", nil
	}
	base, err := url.Parse(current)
	if err != nil || !ok {
		return "", wrong
	}
	u, err := base.Parse(target)
	if err != nil || !strings.HasPrefix(u.Path, "/v2/") {
		return "", wrong
	}
	return u.RequestURI(), nil
}

// candidates sorts the tags that may name images from those that do not.
func (l listing) candidates(repository Repository) TagList {
	list := TagList{Repository: repository}
	for _, p := range l.Pages {
		for _, tag := range p.Tags {
			switch {
			case !validTag.MatchString(tag):
				list.Invalid++
			case isSignature(tag):
				list.Signatures++
			default:
				list.Tags = append(list.Tags, tag)
			}
		}
	}
	slices.Sort(list.Tags)
	list.Tags = slices.Compact(list.Tags)
	return list
}

// isSignature tells the tags that say something of an image from those that name one: cosign's, and those that stand
// in for the referrers of a digest.
func isSignature(tag string) bool {
	for _, prefix := range []string{"sha256-", "sha512-"} {
		if strings.HasPrefix(tag, prefix) {
			return true
		}
	}
	for _, suffix := range []string{".sig", ".att", ".sbom"} {
		if strings.HasSuffix(tag, suffix) {
			return true
		}
	}
	return false
}
