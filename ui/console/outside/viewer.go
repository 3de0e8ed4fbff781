package outside

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrNoViewer is what View returns when there is nothing to show a text with.
var ErrNoViewer = errors.New("no editor and no pager: set EDITOR or PAGER")

// Viewer is a program about to show a copy of a text.
type Viewer struct {
	// Cmd is not started yet.
	Cmd *exec.Cmd
	dir string
}

// View prepares to show a text in the operator's editor or pager. The text is
// in a file that only they can read and nobody is meant to write; its name is
// made of the one given, whose extension tells the editor what it is. Close
// removes it, and is to be called when the program has ended.
func View(name, text string) (*Viewer, error) {
	command, err := viewer()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "evenkeel-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for a copy of %s: %w", name, err)
	}
	v := &Viewer{dir: dir}
	file := filepath.Join(dir, fileName(name))
	if err := os.WriteFile(file, []byte(text), 0o400); err != nil {
		return nil, errors.Join(fmt.Errorf("write a copy of %s: %w", name, err), v.Close())
	}
	v.Cmd = exec.Command(command[0], append(command[1:], file)...)
	return v, nil
}

// Close removes the copy.
func (v *Viewer) Close() error {
	if err := os.RemoveAll(v.dir); err != nil {
		return fmt.Errorf("remove the copy that was shown: %w", err)
	}
	return nil
}

// viewer is the command that the operator wants: an editor if they name one,
// otherwise a pager, otherwise what nearly every system has.
func viewer() ([]string, error) {
	for _, variable := range []string{"VISUAL", "EDITOR", "PAGER"} {
		command, err := split(os.Getenv(variable), runtime.GOOS != "windows")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", variable, err)
		}
		if len(command) > 0 {
			return command, nil
		}
	}
	for _, program := range []string{"less", "vi", "nano", "notepad"} {
		if found(program) {
			return []string{program}, nil
		}
	}
	return nil, ErrNoViewer
}

// split cuts a command line into words as a shell does, as far as quotes go.
// Backslashes escape, except where they are part of file names.
func split(line string, escapes bool) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	quote := rune(0)
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '\\' && escapes && quote != '\'' && i+1 < len(runes) && (quote == 0 || strings.ContainsRune(`"\$`+"`", runes[i+1])):
			i++
			word.WriteRune(runes[i])
			inWord = true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && (r == ' ' || r == '\t' || r == '\n'):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed: %s", line)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// fileName is a name without anything that a file system or an editor could
// take for something else.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	if len(safe) > 100 {
		safe = safe[len(safe)-100:]
	}
	return cmp.Or(strings.TrimLeft(safe, ".-"), "text")
}
