package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// helperTimeout bounds a credential helper, which may ask a key ring that waits for a person.
const helperTimeout = 10 * time.Second

// firstLogin is what to try first: what was given with the URL or the options, else .netrc, else nothing.
func firstLogin(at address) transport.AuthMethod {
	if at.password != "" || at.username != "" {
		return basic(at.username, at.password)
	}
	if user, password, ok := netrc(at.host); ok {
		return basic(user, password)
	}
	return nil
}

// basic is how tokens are sent too: the forges take them as the password of any user.
func basic(user, password string) transport.AuthMethod {
	if user == "" {
		user = "git"
	}
	return &githttp.BasicAuth{Username: user, Password: password}
}

// netrc looks the host up in the user's .netrc. A file that cannot be read has no entry.
func netrc(host string) (user, password string, ok bool) {
	name := os.Getenv("NETRC")
	if name == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", "", false
		}
		name = filepath.Join(home, ".netrc")
		if runtime.GOOS == "windows" {
			name = filepath.Join(home, "_netrc")
		}
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", "", false
	}
	return searchNetrc(string(content), host)
}

// searchNetrc finds the first entry for the host, or the default one, which comes last.
func searchNetrc(content, host string) (user, password string, ok bool) {
	matching, inMacro := false, false
	for line := range strings.Lines(content) {
		fields := strings.Fields(line)
		if inMacro {
			inMacro = len(fields) > 0
			continue
		}
		for i := 0; i < len(fields); i++ {
			value := ""
			if i+1 < len(fields) {
				value = fields[i+1]
			}
			switch fields[i] {
			case "machine", "default":
				if matching && password != "" {
					return user, password, true
				}
				matching = fields[i] == "default" || value == host
				user, password = "", ""
				if fields[i] == "machine" {
					i++
				}
			case "login":
				if matching {
					user = value
				}
				i++
			case "password":
				if matching {
					password = value
				}
				i++
			case "account":
				i++
			case "macdef":
				inMacro = true
				i = len(fields)
			default:
				if strings.HasPrefix(fields[i], "#") {
					i = len(fields)
				}
			}
		}
	}
	return user, password, matching && password != ""
}

// credentialHelper asks Git's credential helpers, when Git is there, and never a person. nil means no answer.
func credentialHelper(ctx context.Context, at address) transport.AuthMethod {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil
	}
	host := at.host
	if at.port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(at.port))
	}
	var question bytes.Buffer
	fmt.Fprintf(&question, "protocol=%s\nhost=%s\npath=%s\n", at.scheme, host, strings.TrimPrefix(at.path, "/"))
	if at.username != "" && at.password == "" {
		fmt.Fprintf(&question, "username=%s\n", at.username)
	}
	question.WriteByte('\n')

	ctx, cancel := context.WithTimeout(ctx, helperTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, git, "credential", "fill")
	command.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never")
	command.Stdin = &question
	// A helper may leave a daemon behind that holds the pipe open.
	command.WaitDelay = time.Second
	answer, err := command.Output()
	if err != nil {
		return nil
	}
	var user, password string
	lines := bufio.NewScanner(bytes.NewReader(answer))
	for lines.Scan() {
		switch key, value, _ := strings.Cut(lines.Text(), "="); key {
		case "username":
			user = value
		case "password":
			password = value
		}
	}
	if password == "" {
		return nil
	}
	return basic(user, password)
}
