package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	gitssh "github.com/go-git/go-git/v5/plumbing/transport/ssh"
	"github.com/kevinburke/ssh_config"
	sshagent "github.com/xanzy/ssh-agent"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// sshTimeout bounds connecting; the work after that is bounded by the context.
const sshTimeout = 15 * time.Second

// sshAuth opens SSH connections as ssh(1) would: the key that was given, else the agent, the keys that ssh_config names,
// and the default key files. Server keys are checked against known_hosts, always.
type sshAuth struct {
	user  string
	keys  []ssh.Signer
	agent func() ([]ssh.Signer, error) // nil without an agent
	line  io.Closer                    // to the agent; nil without
	host  gitssh.HostKeyCallbackHelper
}

var defaultKeys = []string{"id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk"}

func newSSHAuth(at address, c Credentials) (*sshAuth, error) {
	a := &sshAuth{user: at.username}
	if err := a.trust(at, c); err != nil {
		return nil, err
	}
	if c.SSHKeyFile != "" {
		signer, err := readKey(c.SSHKeyFile, c.SSHKeyPassword)
		if err != nil {
			return nil, at.fail(ErrAuth, err, "")
		}
		a.keys = []ssh.Signer{signer}
		return a, nil
	}
	if sshagent.Available() {
		if client, line, err := sshagent.New(); err == nil {
			a.agent = client.Signers
			if line != nil {
				a.line = line
			}
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return a, nil
	}
	files := ssh_config.GetAll(at.host, "IdentityFile")
	for _, name := range defaultKeys {
		files = append(files, filepath.Join("~", ".ssh", name))
	}
	seen := map[string]bool{}
	for _, name := range files {
		if rest, ok := strings.CutPrefix(name, "~"); ok {
			name = filepath.Join(home, rest)
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		// A key that is missing, or locked with a password, is one not to try; the agent may have it.
		if signer, err := readKey(name, c.SSHKeyPassword); err == nil {
			a.keys = append(a.keys, signer)
		}
	}
	return a, nil
}

func readKey(name, password string) (ssh.Signer, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the SSH key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(content)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		if password == "" {
			return nil, fmt.Errorf("the SSH key %s is locked with a password; load it into the SSH agent", name)
		}
		signer, err = ssh.ParsePrivateKeyWithPassphrase(content, []byte(password))
	}
	if err != nil {
		return nil, fmt.Errorf("the SSH key %s cannot be used: %w", name, err)
	}
	return signer, nil
}

// trust sets up the check of the server's key.
func (a *sshAuth) trust(at address, c Credentials) error {
	var files []string
	if c.KnownHostsFile != "" {
		files = []string{c.KnownHostsFile}
	}
	known, err := gitssh.NewKnownHostsDb(files...)
	if err != nil {
		return at.fail(ErrHostKey, err, trustAdvice(at))
	}
	host, port := at.host, at.port
	if name := ssh_config.Get(at.host, "Hostname"); name != "" {
		host = name
		if configured, err := strconv.Atoi(ssh_config.Get(at.host, "Port")); err == nil {
			port = configured
		}
	}
	if port == 0 {
		port = gitssh.DefaultPort
	}
	a.host.HostKeyCallback = known.HostKeyCallback()
	a.host.HostKeyAlgorithms = known.HostKeyAlgorithms(net.JoinHostPort(host, strconv.Itoa(port)))
	return nil
}

// trustAdvice says how a host becomes known.
func trustAdvice(at address) string {
	command := "ssh"
	if at.port != 0 {
		command += " -p " + strconv.Itoa(at.port)
	}
	return fmt.Sprintf("run `%s %s@%s` once, compare the fingerprint it shows with the one the server's owner publishes, and accept it",
		command, at.username, at.host)
}

func hostKeyAdvice(at address, key *knownhosts.KeyError) string {
	if len(key.Want) == 0 {
		return trustAdvice(at)
	}
	return fmt.Sprintf("the server shows another key than %s:%d has for it; if its owner did change it, take that line out and then %s",
		key.Want[0].Filename, key.Want[0].Line, trustAdvice(at))
}

func isSSHDenied(err error) bool {
	return err != nil && strings.Contains(err.Error(), "ssh: unable to authenticate")
}

// Name and String are what go-git asks of an authentication method.
func (a *sshAuth) Name() string   { return gitssh.PublicKeysCallbackName }
func (a *sshAuth) String() string { return a.Name() }

// ClientConfig is called by go-git to connect.
func (a *sshAuth) ClientConfig() (*ssh.ClientConfig, error) {
	return a.host.SetHostKeyCallbackAndAlgorithms(&ssh.ClientConfig{
		User:    a.user,
		Auth:    []ssh.AuthMethod{ssh.PublicKeysCallback(a.signers)},
		Timeout: sshTimeout,
	})
}

// signers are asked for once the server wants to know.
func (a *sshAuth) signers() ([]ssh.Signer, error) {
	if a.agent == nil {
		return a.keys, nil
	}
	held, err := a.agent()
	if err != nil {
		return a.keys, nil
	}
	return append(held, a.keys...), nil
}

func (a *sshAuth) close() {
	if a.line != nil {
		_ = a.line.Close()
	}
}
