package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
)

// named is what one argument names of the images of an environment: those of a
// workload, or all of a repository.
type named struct {
	written    string
	images     []*engine.Image
	repository string // empty when a workload was named
}

// repositories are those of the images named. Of a workload, what no policy
// covers is left out, unless that is all there is.
func (n named) repositories() []string {
	if n.repository != "" {
		return []string{n.repository}
	}
	var all []string
	for _, i := range covered(n.images) {
		if !slices.Contains(all, i.Repository) {
			all = append(all, i.Repository)
		}
	}
	return all
}

// covered are the images with a policy, or all when none has one.
func covered(images []*engine.Image) []*engine.Image {
	var out []*engine.Image
	for _, i := range images {
		if i.Policy != "" {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return images
	}
	return out
}

// catalogue is what arguments may name in an environment.
type catalogue struct {
	environment  string
	images       []*engine.Image
	workloads    []engine.ID
	repositories []string // also those that are held and that nothing runs any more
}

func newCatalogue(e *engine.Environment) *catalogue {
	c := &catalogue{environment: e.Name, images: e.Images}
	for _, i := range e.Images {
		if !slices.Contains(c.workloads, i.Object) {
			c.workloads = append(c.workloads, i.Object)
		}
		c.addRepository(i.Repository)
	}
	for _, h := range e.Holds {
		if h.Image != "" {
			c.addRepository(h.Image)
		}
	}
	return c
}

func (c *catalogue) addRepository(name string) {
	if !slices.Contains(c.repositories, name) {
		c.repositories = append(c.repositories, name)
	}
}

// find resolves arguments. Each is an image's repository or the end of one, a
// workload in one of the spellings of objects, or a workload's name alone.
func (c *catalogue) find(args []string) ([]named, error) {
	words := strings.Fields(strings.Join(args, " "))
	var all []named
	for i := 0; i < len(words); i++ {
		word := words[i]
		if i+1 < len(words) && c.isKind(word) {
			i++
			word += " " + words[i]
		}
		n, err := c.findOne(word)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// isKind tells whether a word is the kind of a workload, so that the next word
// is its name.
func (c *catalogue) isKind(word string) bool {
	if strings.Contains(word, "/") || len(c.ofRepository(word)) > 0 {
		return false
	}
	kind, group, _ := strings.Cut(word, ".")
	s := selector{kind: strings.ToLower(kind), group: group}
	return slices.ContainsFunc(c.workloads, func(id engine.ID) bool {
		return s.ofKind(id.Kind) && (group == "" || strings.EqualFold(group, id.Group))
	})
}

func (c *catalogue) findOne(word string) (named, error) {
	repositories := c.ofRepository(word)
	workloads := c.ofWorkload(word)
	switch {
	case len(repositories) == 1 && c.run(workloads, repositories[0]):
		return named{written: word, repository: repositories[0], images: c.imagesOf(func(i *engine.Image) bool {
			return i.Repository == repositories[0]
		})}, nil
	case len(repositories) == 0 && len(workloads) == 1:
		return named{written: word, images: c.imagesOf(func(i *engine.Image) bool { return i.Object == workloads[0] })}, nil
	case len(repositories)+len(workloads) == 0:
		return named{}, c.unknown(word)
	}
	meant := slices.Concat(repositories, spellings(workloads))
	return named{}, fmt.Errorf("%s may mean several things in %s: write %s", word, c.environment, orList(meant))
}

// ofRepository are the repositories that a word names: in full, or by the end
// of the name.
func (c *catalogue) ofRepository(word string) []string {
	if slices.Contains(c.repositories, word) {
		return []string{word}
	}
	var found []string
	for _, r := range c.repositories {
		if strings.HasSuffix(r, "/"+word) {
			found = append(found, r)
		}
	}
	return found
}

// ofWorkload are the workloads that a word names: as an object, or by the name
// alone.
func (c *catalogue) ofWorkload(word string) []engine.ID {
	matches := func(id engine.ID) bool { return id.Name == word }
	if strings.ContainsAny(word, "/ ") {
		selectors, err := parseSelectors([]string{word})
		if err != nil || len(selectors) != 1 {
			return nil
		}
		matches = selectors[0].matches
	}
	var found []engine.ID
	for _, id := range c.workloads {
		if matches(id) {
			found = append(found, id)
		}
	}
	return found
}

// run tells whether each of these workloads runs an image of a repository, so
// that it makes no difference which of the two a name means.
func (c *catalogue) run(workloads []engine.ID, repository string) bool {
	for _, id := range workloads {
		if !slices.ContainsFunc(c.images, func(i *engine.Image) bool { return i.Object == id && i.Repository == repository }) {
			return false
		}
	}
	return true
}

func (c *catalogue) imagesOf(chosen func(*engine.Image) bool) []*engine.Image {
	var out []*engine.Image
	for _, i := range c.images {
		if chosen(i) {
			out = append(out, i)
		}
	}
	return out
}

// unknown is the error of a word that names nothing, with what may have been
// meant.
func (c *catalogue) unknown(word string) error {
	if len(c.repositories) == 0 {
		return fmt.Errorf("there is no %s: Git names no image in %s", word, c.environment)
	}
	if c.isKind(word) {
		return fmt.Errorf("%s is a kind without a name: write %s/NAME", word, word)
	}
	near := c.near(word)
	hint := "; evenkeel images " + c.environment + " lists what there is"
	if len(near) > 0 {
		hint = "; did you mean " + orList(near[:min(len(near), 4)]) + "?"
	}
	return fmt.Errorf("there is no workload and no image %s in %s%s", word, c.environment, hint)
}

func (c *catalogue) near(word string) []string {
	if strings.ContainsAny(word, "/ ") {
		var near []string
		if selectors, err := parseSelectors([]string{word}); err == nil && len(selectors) == 1 {
			near = selectors[0].near(c.workloads)
		}
		return append(near, nearest(word, c.repositories)...)
	}
	return nearest(word, c.words())
}

// shortest is the shortest name of a repository that means it alone.
func (c *catalogue) shortest(repository string) string {
	name := lastPart(repository)
	if n, err := c.findOne(name); err != nil || n.repository != repository {
		return repository
	}
	return name
}

// offers are the shortest names that mean one thing.
func (c *catalogue) offers() []string {
	var offers []string
	for _, word := range c.words() {
		if _, err := c.findOne(word); err == nil {
			offers = append(offers, word)
		}
	}
	for _, id := range c.workloads {
		if len(c.ofWorkload(id.Name)) > 1 {
			offers = append(offers, spelling(id))
		}
	}
	for _, r := range c.repositories {
		if len(c.ofRepository(lastPart(r))) > 1 {
			offers = append(offers, r)
		}
	}
	return offers
}

// words are the shortest names of what there is: those of workloads, and the
// last parts of repositories.
func (c *catalogue) words() []string {
	var words []string
	for _, id := range c.workloads {
		words = append(words, id.Name)
	}
	for _, r := range c.repositories {
		words = append(words, lastPart(r))
	}
	slices.Sort(words)
	return slices.Compact(words)
}
