package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// giteaVariable names a Gitea binary with SQLite in it: building one takes as long
// as all tests together.
const giteaVariable = "EVENKEEL_TEST_GITEA"

// giteaServer is a Gitea with an empty repository, acme/config.
type giteaServer struct {
	*world
	url, token string
}

func startGitea(w *world) *giteaServer {
	w.Helper()
	binary := os.Getenv(giteaVariable)
	if binary == "" {
		w.Skipf("needs a Gitea binary, which %s names", giteaVariable)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	address := listener.Addr().String()
	w.must(listener.Close())
	_, port, _ := strings.Cut(address, ":")
	g := &giteaServer{world: w, url: "http://" + address}
	dir := w.TempDir()
	settings := filepath.Join(dir, "app.ini")
	w.must(os.WriteFile(settings, fmt.Appendf(nil, `WORK_PATH = %[1]s
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[2]s
ROOT_URL = %[3]s/
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = %[1]s/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = for-a-test
[log]
LEVEL = Error
`, dir, port, g.url), 0o600))
	run := func(arguments ...string) string {
		w.Helper()
		out, err := gitea(w.Context(), binary, dir, append(arguments, "--config", settings)...).CombinedOutput()
		if err != nil {
			w.Fatalf("gitea %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
		lines := strings.Fields(string(out))
		return lines[len(lines)-1]
	}
	run("migrate")
	run("admin", "user", "create", "--username", "ada", "--password", "Secret-123", "--email", "ada@example.com", "--admin", "--must-change-password=false")
	g.token = run("admin", "user", "generate-access-token", "--username", "ada", "--scopes", "all", "--raw")
	ctx, stop := context.WithCancel(context.Background())
	server := gitea(ctx, binary, dir, "web", "--config", settings)
	w.must(server.Start())
	w.Cleanup(func() {
		stop()
		_ = server.Wait()
	})
	until := time.Now().Add(patience)
	for {
		answer, err := http.Get(g.url + "/api/v1/version")
		if err == nil {
			_ = answer.Body.Close()
			break
		}
		if time.Now().After(until) {
			w.Fatalf("Gitea does not come up: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	g.call(http.MethodPost, "/orgs", map[string]any{"username": "acme"}, nil)
	g.call(http.MethodPost, "/orgs/acme/repos", map[string]any{"name": "config", "default_branch": "main", "private": true}, nil)
	return g
}

// gitea runs a command of Gitea, away from whoever runs the tests.
func gitea(ctx context.Context, binary, dir string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, binary, arguments...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GITEA_WORK_DIR="+dir, "HOME="+dir, "GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT=true")
	return command
}

// call asks Gitea's own interface.
func (g *giteaServer) call(method, path string, body, into any) {
	g.Helper()
	data, err := json.Marshal(body)
	g.must(err)
	r, err := http.NewRequestWithContext(g.Context(), method, g.url+"/api/v1"+path, bytes.NewReader(data))
	g.must(err)
	r.Header.Set("Authorization", "token "+g.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	g.must(err)
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		g.Fatalf("%s %s: %s", method, path, answer.Status)
	}
	if into != nil {
		g.must(json.NewDecoder(answer.Body).Decode(into))
	}
}

// filled waits until Gitea has noticed the first push: before that a repository
// takes no pull requests.
func (g *giteaServer) filled() {
	g.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		var repository struct{ Empty bool }
		if g.call(http.MethodGet, "/repos/acme/config", nil, &repository); !repository.Empty {
			return
		}
	}
	g.Fatal("Gitea does not notice the first push")
}

// TestAGiteaTakesAPullRequest is what the other tests do with a stand-in.
func TestAGiteaTakesAPullRequest(t *testing.T) {
	w := &forgeWorld{imageWorld: newImageWorld(t), kind: config.ForgeGitea}
	g := startGitea(w.world)
	w.remote = g.url + "/acme/config.git"
	w.must(w.mirror.Close())
	var err error
	opened := strings.Replace(w.remote, "://", "://"+url.UserPassword("ada", g.token).String()+"@", 1)
	w.mirror, err = gitrepo.Open(t.Context(), gitrepo.Options{URL: opened, Branch: "main", CacheDir: t.TempDir()})
	w.must(err)
	w.remote = opened
	w.push("shop/api", "1.0.0", "1.1.0")
	w.commit("begin", map[string]string{"production/api.yaml": w.policed("api", w.image("shop/api", "1.0.0"), "semver:^1")})
	g.filled()
	g.call(http.MethodPost, "/repos/acme/config/branch_protections", map[string]any{"rule_name": "main", "enable_push": false}, nil)

	pushing := w.production(config.ImagesApprove)
	pushing.Changes = config.ChangePush
	o := w.options(pushing)
	o.Config.Repository.Forge, o.Images, o.Config.Registries.Insecure = w.kind, true, []string{w.registry.Host()}
	e := w.start(o)
	refused, err := e.Execute(t.Context(), e.plan(e.approval()), nil)
	w.must(err)
	if !strings.Contains(refused.Err, "changes: pull-request") {
		t.Errorf("a protected branch: %+v", refused)
	}

	o.Config.Environments = []config.Environment{w.production(config.ImagesApprove)}
	o.Config.Environments[0].Sync, o.Automation, o.CacheDir = config.SyncAuto, true, t.TempDir()
	e = w.start(o)
	made := e.do(e.approval())
	if r := made.PullRequest; r == nil || r.Number != 1 || r.State != engine.PullRequestOpen || r.URL != g.url+"/acme/config/pulls/1" {
		t.Fatalf("got %+v", made.PullRequest)
	}
	if again := e.do(e.approval()); again.PullRequest.Number != 1 || again.Commit != made.Commit {
		t.Errorf("the same once more: %+v", again.PullRequest)
	}
	late := w.opening(w.production(config.ImagesApprove))
	if r := late.request(engine.PullRequestOpen); r.Number != 1 || r.Reason != "" {
		t.Errorf("found again as %+v", r)
	}
	g.call(http.MethodPost, "/repos/acme/config/statuses/"+made.Commit, map[string]any{"context": "ci/render", "state": "failure"}, nil)
	e.Refresh()
	e.until("the check is told", func(s *engine.Snapshot) bool {
		return s.Environments[0].PullRequests[0].Reason == "checks fail: ci/render"
	})
	g.call(http.MethodPost, "/repos/acme/config/pulls/1/merge", map[string]any{"Do": "squash", "delete_branch_after_merge": true}, nil)
	e.Refresh()
	e.request(engine.PullRequestMerged)
	e.imageIs("live", "production", "api", func(i *engine.Image) bool { return i.State == engine.ImageLive && i.Live == "1.1.0" })
}
