package scan

import (
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/registry"
)

// failuresUntilBroken many scans a registry may fail on one tag while it answers
// on others, and then policies go on without the tag.
const failuresUntilBroken = 3

// findings are what is known of a repository.
type findings struct {
	tags registry.TagList
	// listed: tags is a list that the registry gave, now or before.
	listed bool
	// at is when a scan last went well.
	at time.Time
	// images and broken were told, unless owned: then they may be changed.
	images map[string]registry.Image
	broken map[string]error
	owned  bool
	// changed: there is something that was not told.
	changed bool
	// failures count, for a tag, the scans in a row that it made fail.
	failures map[string]int
	// appeared are tags that were not listed before. What was known of such a
	// tag is of no use: it may have been deleted and made anew.
	appeared map[string]bool
	// turn counts the scans, to take turns.
	turn int
}

func newFindings(repository registry.Repository) findings {
	return findings{
		tags:     registry.TagList{Repository: repository},
		failures: map[string]int{},
		appeared: map[string]bool{},
	}
}

// told gives what is known away.
func (f *findings) told() Result {
	r := f.known()
	r.Changed = f.changed
	f.changed, f.owned = false, false
	return r
}

func (f *findings) known() Result {
	return Result{Repository: f.tags.Repository, Tags: f.tags, Images: f.images, Broken: f.broken}
}

// change makes images and broken ones that may be changed.
func (f *findings) change() {
	f.changed = true
	if f.owned {
		return
	}
	f.owned = true
	f.images, f.broken = maps.Clone(f.images), maps.Clone(f.broken)
	if f.images == nil {
		f.images = map[string]registry.Image{}
	}
	if f.broken == nil {
		f.broken = map[string]error{}
	}
}

// settled tells whether what there is to know of a tag is known.
func (f *findings) settled(tag string) bool {
	_, known := f.images[tag]
	return (known || f.broken[tag] != nil) && !f.appeared[tag]
}

// relist takes a new tag list, and tells whether it is another than the last.
// What is known of tags that are neither in it nor current is forgotten.
func (f *findings) relist(list registry.TagList, current []string) (other bool) {
	last, listed := f.tags, f.listed
	f.tags, f.listed = list, true
	if listed && slices.Equal(last.Tags, list.Tags) {
		return false
	}
	f.change()
	if listed {
		for _, tag := range list.Tags {
			if !has(last.Tags, tag) {
				f.appeared[tag] = true
			}
		}
	}
	gone := func(tag string) bool { return !has(list.Tags, tag) && !slices.Contains(current, tag) }
	forget(f.images, gone)
	forget(f.broken, gone)
	forget(f.failures, gone)
	forget(f.appeared, gone)
	return listed
}

// has looks into a sorted list.
func has(tags []string, tag string) bool {
	_, found := slices.BinarySearch(tags, tag)
	return found
}

func forget[V any](of map[string]V, gone func(tag string) bool) {
	maps.DeleteFunc(of, func(tag string, _ V) bool { return gone(tag) })
}

// learn takes the image behind a tag, and tells whether the tag was known as
// another or none.
func (f *findings) learn(tag string, image registry.Image) (other bool) {
	delete(f.failures, tag)
	delete(f.appeared, tag)
	last, known := f.images[tag]
	mended := f.broken[tag] != nil
	if known && !mended && same(last, image) {
		return false
	}
	f.change()
	f.images[tag] = image
	delete(f.broken, tag)
	return mended || known && last.Digest != image.Digest
}

// same compares two images of one tag, but for when the registry last said so.
func same(a, b registry.Image) bool {
	return a.Digest == b.Digest && a.PlatformDigest == b.PlatformDigest && a.Note == b.Note &&
		a.Previous == b.Previous && a.MovedAt.Equal(b.MovedAt)
}

// lose notes that nothing can be known of the image behind a tag. What it was
// stays known when it is gone.
func (f *findings) lose(tag string, why error, gone bool) {
	delete(f.appeared, tag)
	_, known := f.images[tag]
	if last := f.broken[tag]; last != nil && last.Error() == why.Error() && (gone || !known) {
		return
	}
	f.change()
	f.broken[tag] = why
	if !gone {
		delete(f.images, tag)
	}
}

// inTurn is the tag whose turn it is.
func (f *findings) inTurn(tags []string) []string {
	if len(tags) == 0 {
		return nil
	}
	return tags[f.turn%len(tags):][:1]
}
