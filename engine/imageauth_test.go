package engine_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// guard lets nobody in without the name and the password.
func guard(name, password string) func(http.Handler) http.Handler {
	return func(registry http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n, p, ok := r.BasicAuth(); !ok || n != name || p != password {
				w.Header().Set("WWW-Authenticate", `Basic realm="images"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			registry.ServeHTTP(w, r)
		})
	}
}

func TestAPullSecretOfTheWorkloadOpensTheRegistry(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.registry.Intercept(guard("puller", "hunter2"))
	manifest := strings.Replace(w.policed("api", w.image("shop/api", "1.0.0"), "semver:^1"),
		"    spec:\n", "    spec:\n      imagePullSecrets: [{name: regcred}]\n", 1)
	w.commit("begin", map[string]string{"production/api.yaml": manifest})
	e := w.looking(false, w.with(config.ImagesApprove, config.SyncManual, "production"))
	i := e.imageIs("denied", "production", "api", func(i *engine.Image) bool { return i.Trouble })
	if !strings.Contains(i.Reason, "secret "+w.ns+"/regcred") || strings.Contains(i.Reason, "hunter2") {
		t.Errorf("want what is missing, and no password: %s", i.Reason)
	}
	login := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, w.registry.Host(), base64.StdEncoding.EncodeToString([]byte("puller:hunter2")))
	w.create(w.kube, "v1", "Secret", w.ns, "regcred", map[string]any{
		"type": "kubernetes.io/dockerconfigjson",
		"data": map[string]any{".dockerconfigjson": base64.StdEncoding.EncodeToString([]byte(login))},
	})
	e.Rescan()
	i = e.imageIs("pending", "production", "api", in(engine.ImagePending))
	if i.Allowed != "1.1.0" || i.Trouble {
		t.Errorf("want 1.1.0 and no trouble: %+v", i)
	}
}

func TestANewTagIsPinnedToItsDigestWhereThatIsAskedFor(t *testing.T) {
	w := newImageWorld(t)
	w.push("shop/api", "1.0.0", "1.1.0")
	w.push("shop/web", "1.0.0", "1.1.0")
	w.commit("begin", map[string]string{
		"production/kustomization.yaml": fmt.Sprintf("resources: [api.yaml, web.yaml]\nimages:\n  - name: %s/shop/web\n    newTag: 1.0.0\n", w.registry.Host()),
		"production/api.yaml":           w.policed("api", w.image("shop/api", "1.0.0"), "semver:^1"),
		"production/web.yaml":           w.policed("web", w.image("shop/web", "0.0.1"), "semver:^1"),
	})
	env := w.with(config.ImagesAuto, config.SyncAuto, "production")
	env.PinDigests = true
	e := w.looking(true, env)
	for _, name := range []string{"api", "web"} {
		i := e.imageIs("pinned and live", "production", name, func(i *engine.Image) bool {
			return i.State == engine.ImageLive && strings.HasPrefix(i.Live, "1.1.0@sha256:")
		})
		if i.Desired != i.Live {
			t.Errorf("%s: want what Git names to run: %+v", name, i)
		}
	}
}
