package gitrepo_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

const (
	user   = "ada"
	secret = "s3cret/t0ken"
)

// isolate keeps the credentials of the person who runs the tests out of them.
func isolate(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": home, "NETRC": "", "SSH_AUTH_SOCK": "", "SSH_KNOWN_HOSTS": "",
		"GIT_CONFIG_GLOBAL": filepath.Join(home, ".gitconfig"), "GIT_CONFIG_NOSYSTEM": "1",
	} {
		t.Setenv(name, value)
	}
	return home
}

// httpServer serves the repositories beside remote, to whoever knows the password, and counts requests.
type httpServer struct {
	*httptest.Server
	requests atomic.Int64
	// unauthorized counts the requests with a wrong password, not those without any.
	unauthorized atomic.Int64
}

func serveHTTP(t *testing.T, remote string, open bool) *httpServer {
	t.Helper()
	needGit(t)
	git(t, remote, "config", "http.receivepack", "true")
	git(t, remote, "config", "http.uploadpack", "true")
	backend := &cgi.Handler{
		Path:       filepath.Join(git(t, remote, "--exec-path"), "git-http-backend"),
		Env:        []string{"GIT_PROJECT_ROOT=" + filepath.Dir(remote), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1"},
		InheritEnv: []string{"PATH"},
		Stderr:     io.Discard,
	}
	s := &httpServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		if name, password, given := r.BasicAuth(); !open && (name != user || password != secret) {
			if given {
				s.unauthorized.Add(1)
			}
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Header.Del("Authorization")
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// sshServer serves every repository on this machine to the holder of one key.
type sshServer struct {
	port int
	// knownHosts names the server's key; keyFile opens it.
	knownHosts, keyFile string
}

func serveSSH(t *testing.T) *sshServer {
	t.Helper()
	needGit(t)
	dir := t.TempDir()
	hostKey, _ := newKey(t)
	clientKey, clientPEM := newKey(t)
	s := &sshServer{knownHosts: filepath.Join(dir, "known_hosts"), keyFile: filepath.Join(dir, "key")}
	if err := os.WriteFile(s.keyFile, clientPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	configuration := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if string(key.Marshal()) != string(clientKey.PublicKey().Marshal()) {
				return nil, fmt.Errorf("unknown key")
			}
			return nil, nil
		},
	}
	configuration.AddHostKey(hostKey)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s.port = listener.Addr().(*net.TCPAddr).Port
	line := knownhosts.Line([]string{knownhosts.Normalize(listener.Addr().String())}, hostKey.PublicKey())
	if err := os.WriteFile(s.knownHosts, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go serveSSHConnection(connection, configuration)
		}
	}()
	return s
}

func (s *sshServer) url(path string) string {
	return fmt.Sprintf("ssh://git@127.0.0.1:%d%s", s.port, path)
}

func newKey(t *testing.T) (ssh.Signer, []byte) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, pem.EncodeToMemory(block)
}

// serveSSHConnection runs the Git commands that are asked for on one connection.
func serveSSHConnection(connection net.Conn, configuration *ssh.ServerConfig) {
	defer connection.Close()
	_, channels, requests, err := ssh.NewServerConn(connection, configuration)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		for request := range requests {
			if request.Type != "exec" {
				_ = request.Reply(false, nil)
				continue
			}
			_ = request.Reply(true, nil)
			go func() {
				defer channel.Close()
				program, path, _ := strings.Cut(string(request.Payload[4:]), " ")
				command := exec.Command("git", strings.TrimPrefix(program, "git-"), strings.Trim(path, "'"))
				command.Stdout, command.Stderr = channel, channel.Stderr()
				status := byte(1)
				// A pipe, as Run would wait for an end of the input that a client need not send.
				if input, err := command.StdinPipe(); err == nil && command.Start() == nil {
					go func() {
						_, _ = io.Copy(input, channel)
						input.Close()
					}()
					if command.Wait() == nil {
						status = 0
					}
				}
				_, _ = channel.SendRequest("exit-status", false, []byte{0, 0, 0, status})
			}()
		}
	}
}
