package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/engine/scan"
	"github.com/evenkeel/evenkeel/registry"
)

// crowd is an environment of 10,000 objects, of which 3,000 are workloads with
// images of 300 repositories.
func crowd(b *testing.B, tags int) (*Engine, *environment) {
	b.Helper()
	e, err := New(Options{
		Config: config.Config{
			Repository:   config.Repository{URL: "/nowhere"},
			Environments: []config.Environment{{Name: "staging", Path: "staging", Images: ImagesAuto}},
		},
		Images: true, Automation: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	env := e.envs[0]
	d := &desired{objects: map[ID]*wanted{}, revision: "1"}
	for i := range 10_000 {
		id := ID{Kind: "ConfigMap", Namespace: "shop", Name: fmt.Sprintf("object-%05d", i)}
		if i < 3000 {
			id.Group, id.Kind = "apps", "Deployment"
		}
		w := &wanted{id: id}
		d.objects[id] = w
		env.objects[id] = &object{want: w, shown: &Object{ID: id, Drift: DriftSynced, Health: Healthy, Managed: true}}
		if i >= 3000 {
			continue
		}
		image := fmt.Sprintf("registry.acme.dev/shop/app-%03d:1.0.0", i%300)
		env.objects[id].shown.Containers = []Container{{Name: "main", Desired: image, Live: image}}
		d.uses = append(d.uses, usesOf(w, &unstructured.Unstructured{Object: map[string]any{
			"kind": "Deployment", "metadata": map[string]any{"annotations": map[string]any{
				"evenkeel.dev/automated": "true", "evenkeel.dev/tag.main": "semver:^1"}},
			"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
				"containers": []any{map[string]any{"name": "main", "image": image}}}}},
		}})...)
	}
	env.desired, env.hasRecord, env.live.Ready = d, true, true
	e.repo.fetchedAt, e.repo.tried = time.Now(), true
	for _, u := range d.uses {
		list := registry.TagList{Repository: u.ref.Repository}
		for i := range tags {
			list.Tags = append(list.Tags, fmt.Sprintf("0.%d.0", i))
		}
		list.Tags = append(list.Tags, "1.0.0")
		if e.images.known[u.ref.Repository] == nil {
			e.images.known[u.ref.Repository] = newKnown(scan.Result{Repository: u.ref.Repository, Tags: list, At: time.Now()})
		}
	}
	env.verdicts = e.weighingOf(env).all(context.Background(), d.uses)
	return e, env
}

func BenchmarkWeigh(b *testing.B) {
	e, env := crowd(b, 100)
	for b.Loop() {
		e.weighingOf(env).all(context.Background(), env.desired.uses)
	}
}

// BenchmarkImagesPerMessage is what a message costs the engine's goroutine for
// the images, when nothing about them is new.
func BenchmarkImagesPerMessage(b *testing.B) {
	e, env := crowd(b, 100)
	e.presentImages(env)
	b.Run("decide", func(b *testing.B) {
		for b.Loop() {
			env.unupdated = true
			e.decideUpdates(env, time.Now())
		}
	})
	b.Run("present", func(b *testing.B) {
		for b.Loop() {
			e.presentImages(env)
		}
	})
	b.Run("scanned", func(b *testing.B) {
		k := e.images.known[env.desired.uses[0].ref.Repository]
		for b.Loop() {
			e.scanned(k)
		}
	})
	b.Run("covered", func(b *testing.B) {
		for b.Loop() {
			e.covered()
		}
	})
}
