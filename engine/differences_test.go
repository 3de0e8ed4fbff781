package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// TestDifferencesAreLogged: where a person has to sync, the log tells what
// differs whenever that becomes others, and once.
func TestDifferencesAreLogged(t *testing.T) {
	w := newWorld(t)
	w.commit("begin", map[string]string{"shop/a.yaml": configMap("a", "k", "1"), "shop/b.yaml": configMap("b", "k", "1")})
	e := w.start(w.options(w.environment("shop", config.SyncManual)))
	var want []string
	logged := func(text string) {
		t.Helper()
		want = append(want, text)
		e.until(text, func(s *engine.Snapshot) bool {
			var got []string
			for _, event := range s.Activity {
				if event.Environment == "shop" && strings.Contains(event.Text, "differ") {
					got = append(got, event.Text)
				}
			}
			return slices.Equal(got, want)
		})
	}
	logged("2 objects differ: a, b")
	e.sync("shop") // which is logged itself
	w.edit(w.id("ConfigMap", "b"), `{"data":{"k":"2"}}`)
	logged("1 object differs: b")
	w.edit(w.id("ConfigMap", "b"), `{"data":{"k":"3"}}`) // it still does: no news
	w.must(w.kube.Delete(t.Context(), w.id("ConfigMap", "a"), ""))
	logged("2 objects differ: a, b")
	w.create(w.kube, "v1", "ConfigMap", w.ns, "a", map[string]any{"data": map[string]any{"k": "1"}})
	logged("1 object differs: b")
	w.edit(w.id("ConfigMap", "b"), `{"data":{"k":"1"}}`)
	logged("nothing differs any more")
}
