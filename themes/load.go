package themes

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed *.yaml
var shipped embed.FS

const (
	// defaultName is the theme that is used when no other was chosen.
	defaultName = "default"
	// plainName is the theme that makes do without colours.
	plainName = "monochrome"
	extension = ".yaml"
	// maxSize is far above any theme.
	maxSize = 1 << 16
)

// Choice is a theme that can be loaded.
type Choice struct {
	Name, Description string
	Own               bool  // the user's, who may have replaced a shipped one
	Err               error // what is wrong with the file
}

// Default returns the theme that is used when no other was chosen.
func Default(o Options) *Theme {
	theme, err := Load("", defaultName, o)
	if err != nil { // it is shipped, and tested: without it, text is text
		return newTheme(defaultName, &sheet{}, &sheet{}, o)
	}
	return theme
}

// Names lists the themes that there are, by name: those shipped and the user's own in a directory,
// which need not exist. A file that cannot be used is listed with its error; an error of the list
// itself means that the user's own could not be found out.
func Names(userDir string) ([]Choice, error) {
	known, err := names(userDir)
	choices := make([]Choice, 0, len(known))
	for _, name := range known {
		s, own, wrong := open(userDir, name)
		c := Choice{Name: name, Own: own, Err: wrong}
		if wrong == nil {
			c.Description = s.description
		}
		choices = append(choices, c)
	}
	return choices, err
}

// names are the names of all files that can be themes, in order, each once. With an error they are
// those that could be found out.
func names(userDir string) ([]string, error) {
	var known []string
	add := func(entries []fs.DirEntry) {
		for _, e := range entries {
			if name, is := strings.CutSuffix(e.Name(), extension); is && wellNamed(name) {
				known = append(known, name)
			}
		}
	}
	entries, err := shipped.ReadDir(".")
	add(entries)
	if userDir != "" && err == nil {
		entries, err = os.ReadDir(userDir)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		add(entries)
	}
	slices.Sort(known)
	if err != nil {
		err = fmt.Errorf("listing the themes: %w", err)
	}
	return slices.Compact(known), err
}

// Load reads a theme. A file in the user's own directory wins over a shipped one of the same name.
func Load(userDir, name string, o Options) (*Theme, error) {
	s, _, err := open(userDir, name)
	if err != nil {
		return nil, err
	}
	plain, _, err := open("", plainName)
	if err != nil {
		return nil, err
	}
	return newTheme(name, s, plain, o), nil
}

// open finds a theme file and parses it.
func open(userDir, name string) (s *sheet, own bool, err error) {
	if !wellNamed(name) {
		return nil, false, fmt.Errorf("%q cannot be the name of a theme: it is the name of a file without %s", name, extension)
	}
	if userDir != "" {
		file := filepath.Join(userDir, name+extension)
		data, err := read(os.DirFS(userDir), name+extension)
		switch {
		case err == nil:
			s, err := parse(file, data)
			return s, true, err
		case !errors.Is(err, fs.ErrNotExist):
			return nil, true, fmt.Errorf("reading the theme %s: %w", file, err)
		}
	}
	data, err := read(shipped, name+extension)
	if err != nil {
		return nil, false, unknown(userDir, name)
	}
	s, err = parse(name+extension, data)
	return s, false, err
}

// read returns the content of a file that can be a theme, which a pipe or a device cannot.
func read(dir fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(dir, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = fmt.Errorf("it has more than %d bytes", maxSize)
	}
	return data, err
}

// unknown is the error for a theme that there is not.
func unknown(userDir, name string) error {
	known, _ := names(userDir) // at worst, no name is near
	where := ""
	if userDir != "" {
		where = ", neither shipped nor in " + userDir
	}
	return fmt.Errorf("there is no theme %q%s%s", name, where, didYouMean(name, known))
}

// wellNamed tells whether a name is that of a file in the directory itself.
func wellNamed(name string) bool {
	return name != "" && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `/\:`) && strings.ToValidUTF8(name, "") == name &&
		!strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f })
}
