package gitrepo

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// The modes a tree entry can have.
const (
	modeDir        = 0o040000
	modeFile       = 0o100644
	modeExecutable = 0o100755
	modeSymlink    = 0o120000
	modeSubmodule  = 0o160000
)

// entry is one line of a tree object.
type entry struct {
	name string
	mode uint32
	id   plumbing.Hash
}

func (e entry) isDir() bool { return e.mode == modeDir }

// compareEntries is the order of the entries in a tree: by name, directories as if they ended in a slash.
func compareEntries(a, b entry) int {
	common := min(len(a.name), len(b.name))
	if order := strings.Compare(a.name[:common], b.name[:common]); order != 0 {
		return order
	}
	return cmp.Compare(a.after(common), b.after(common))
}

// after is the byte at a position of the name as it is sorted.
func (e entry) after(at int) byte {
	switch {
	case at < len(e.name):
		return e.name[at]
	case e.isDir():
		return '/'
	default:
		return 0
	}
}

var errMalformed = errors.New("malformed object")

func parseTree(content []byte) ([]entry, error) {
	entries := make([]entry, 0, bytes.Count(content, []byte{0}))
	for len(content) > 0 {
		space := bytes.IndexByte(content, ' ')
		end := bytes.IndexByte(content, 0)
		if space < 1 || end < space || len(content) < end+1+20 {
			return nil, fmt.Errorf("tree: %w", errMalformed)
		}
		mode, err := strconv.ParseUint(string(content[:space]), 8, 32)
		if err != nil {
			return nil, fmt.Errorf("tree: %w", errMalformed)
		}
		e := entry{name: string(content[space+1 : end]), mode: uint32(mode)}
		copy(e.id[:], content[end+1:])
		entries = append(entries, e)
		content = content[end+1+20:]
	}
	return entries, nil
}

// encodeTree is the reverse of parseTree, in Git's order.
func encodeTree(entries []entry) []byte {
	slices.SortFunc(entries, compareEntries)
	var buffer bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&buffer, "%o %s\x00", e.mode, e.name)
		buffer.Write(e.id[:])
	}
	return buffer.Bytes()
}

// find looks a name up, as a file and as a directory, which are sorted differently.
func find(entries []entry, name string) (entry, bool) {
	for _, mode := range []uint32{modeFile, modeDir} {
		if at, ok := slices.BinarySearchFunc(entries, entry{name: name, mode: mode}, compareEntries); ok {
			return entries[at], true
		}
	}
	return entry{}, false
}

// node is what walking the history needs of a commit.
type node struct {
	tree    plumbing.Hash
	parents []plumbing.Hash
	when    int64 // the committer's time, in seconds
}

// header calls visit for every header line of a commit, and returns the message. A header's continuation lines, such
// as those of a signature, are skipped.
func header(content []byte, visit func(key string, value []byte) error) ([]byte, error) {
	for len(content) > 0 {
		line, rest, found := bytes.Cut(content, []byte{'\n'})
		if !found {
			return nil, fmt.Errorf("commit: %w", errMalformed)
		}
		content = rest
		if len(line) == 0 {
			return content, nil
		}
		if line[0] == ' ' {
			continue
		}
		key, value, _ := bytes.Cut(line, []byte{' '})
		if err := visit(string(key), value); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func parseNode(content []byte) (node, error) {
	var n node
	_, err := header(content, func(key string, value []byte) error {
		switch key {
		case "tree":
			return decodeHash(value, &n.tree)
		case "parent":
			n.parents = append(n.parents, plumbing.ZeroHash)
			return decodeHash(value, &n.parents[len(n.parents)-1])
		case "committer":
			n.when = parseSignature(value).When.Unix()
		}
		return nil
	})
	if err == nil && n.tree.IsZero() {
		err = fmt.Errorf("commit: %w", errMalformed)
	}
	return n, err
}

func parseCommit(id plumbing.Hash, content []byte) (Commit, error) {
	c := Commit{Hash: hashOf(id)}
	message, err := header(content, func(key string, value []byte) error {
		switch key {
		case "parent":
			var parent plumbing.Hash
			if err := decodeHash(value, &parent); err != nil {
				return err
			}
			c.Parents = append(c.Parents, hashOf(parent))
		case "author":
			c.Author = parseSignature(value)
		case "committer":
			c.Committer = parseSignature(value)
		}
		return nil
	})
	if err != nil {
		return Commit{}, err
	}
	c.Subject, c.Body, c.Trailers = parseMessage(strings.ToValidUTF8(string(message), "\uFFFD"))
	return c, nil
}

// tagTarget is what an annotated tag points at.
func tagTarget(content []byte) (plumbing.Hash, bool) {
	line, _, _ := strings.Cut(string(content), "\n")
	digits, ok := strings.CutPrefix(line, "object ")
	return plumbing.NewHash(digits), ok && Hash(digits).valid()
}

func decodeHash(digits []byte, into *plumbing.Hash) error {
	if !Hash(digits).valid() {
		return fmt.Errorf("commit: %w", errMalformed)
	}
	*into = plumbing.NewHash(string(digits))
	return nil
}

// parseSignature takes "Name <email> seconds zone" apart; what is missing stays empty, as old commits have oddities.
func parseSignature(value []byte) Signature {
	text := strings.ToValidUTF8(string(value), "\uFFFD")
	name, rest, _ := strings.Cut(text, "<")
	close := strings.LastIndexByte(rest, '>')
	if close < 0 {
		return Signature{Name: strings.TrimSpace(name), When: time.Unix(0, 0).UTC()}
	}
	s := Signature{Name: strings.TrimSpace(name), Email: rest[:close], When: time.Unix(0, 0).UTC()}
	seconds, zone, _ := strings.Cut(strings.TrimSpace(rest[close+1:]), " ")
	if at, err := strconv.ParseInt(seconds, 10, 64); err == nil {
		s.When = time.Unix(at, 0).In(parseZone(zone))
	}
	return s
}

// parseZone reads "+0130".
func parseZone(zone string) *time.Location {
	number, err := strconv.Atoi(zone)
	if err != nil || number == 0 || number < -1400 || number > 1400 {
		return time.UTC
	}
	return time.FixedZone("", (number/100*60+number%100)*60)
}

var trailer = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)$`)

// parseMessage splits a commit message as Git does: the first paragraph is the subject, the last one may be trailers.
func parseMessage(message string) (subject, body string, trailers map[string][]string) {
	message = strings.Trim(strings.ReplaceAll(message, "\r\n", "\n"), "\n")
	first, rest, _ := strings.Cut(message, "\n\n")
	subject = strings.Join(strings.Fields(first), " ")
	body = strings.Trim(rest, "\n")
	last := body[strings.LastIndex(body, "\n\n")+1:]
	trailers = parseTrailers(strings.Split(strings.Trim(last, "\n"), "\n"))
	return subject, body, trailers
}

// parseTrailers returns nil unless every line belongs to a trailer.
func parseTrailers(lines []string) map[string][]string {
	found := map[string][]string{}
	key := ""
	for _, line := range lines {
		if key != "" && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			values := found[key]
			values[len(values)-1] += " " + strings.TrimSpace(line)
			continue
		}
		match := trailer.FindStringSubmatch(line)
		if match == nil {
			return nil
		}
		key = match[1]
		found[key] = append(found[key], strings.TrimSpace(match[2]))
	}
	return found
}
