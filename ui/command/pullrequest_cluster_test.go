package command_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo/forge/forgetest"
)

// TestPullRequestDay asks a forge for what is not pushed.
func TestPullRequestDay(t *testing.T) {
	w, namespace := newWorld(t)
	forge := forgetest.New(t, map[string]string{
		"shop/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + namespace + "\n",
		"shop/api.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 0
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - {name: main, image: "registry.acme.dev/shop/api:1.0.0"}
`,
	})
	write(t, "evenkeel.yaml", fmt.Sprintf(`repository:
  url: %s
  forge: gitlab
environments:
  - name: staging
    path: shop
    namespace: %s
    changes: pull-request
`, forge.Opened(), namespace))
	w.run(0, "sync staging --yes --wait")

	// A token that does not open it is named, and what was pushed stands.
	const hold = "hold staging api --reason sale --yes"
	t.Setenv("GITLAB_TOKEN", "not-the-token")
	w.run(2, hold, "no pull request could be opened for the branch evenkeel/staging/hold-", "which stands", "the token in GITLAB_TOKEN does not allow it")
	settings, err := config.SettingsPath()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(settings), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, "token", forgetest.Token+"\n")
	write(t, settings, fmt.Sprintf("author: Mira Holm <mira@acme.dev>\nforges: {%q: {tokenFile: token}}\n", strings.TrimPrefix(forge.URL, "http://")))
	address := forge.URL + "/acme/config/-/merge_requests/1"
	w.run(0, hold, "One commit, that waits in a pull request of evenkeel/staging/hold-", "opened pull request #1: hold api in staging", address, "next: merge it; staging follows")
	w.run(0, hold, "the same change waits already in pull request #1", address)
	w.run(0, "status", "~ open  pull request #1  hold api in staging", address)
	if body := forge.PullRequests()[0].Body; !strings.Contains(body, "Reason: `sale`") || !strings.Contains(body, "### Files") {
		t.Errorf("it says\n%s", body)
	}

	var status struct {
		Environments []struct {
			Changes      string
			PullRequests []struct {
				Number                int
				URL, State, Branch    string
				Title, Author, Action string
			}
		}
	}
	document := w.run(0, "status -o json")
	if err := json.Unmarshal([]byte(document), &status); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if e := status.Environments[0]; e.Changes != "pull-request" || len(e.PullRequests) != 1 || e.PullRequests[0].URL != address || e.PullRequests[0].State != "Open" {
		t.Errorf("got %s", document)
	}

	forge.Merge(1, forgetest.Squash)
	w.run(0, "images staging", "held by")
	var executed struct {
		Plan    struct{ Branch string }
		Outcome struct {
			PullRequest struct {
				Number      int
				URL, Branch string
			}
		}
	}
	document = w.run(0, "release staging api --yes -o json")
	if err := json.Unmarshal([]byte(document), &executed); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	if r := executed.Outcome.PullRequest; r.Number != 2 || r.Branch != executed.Plan.Branch || r.URL != strings.TrimSuffix(address, "1")+"2" {
		t.Errorf("got %s", document)
	}
	if strings.Contains(document, forgetest.Token) {
		t.Error("the token is told")
	}
}
