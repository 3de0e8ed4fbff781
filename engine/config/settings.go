package config

import (
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Settings is what settings.yaml says: what belongs to one person on one
// machine, and not to the team.
type Settings struct {
	// Contexts maps the name of an environment to the kubeconfig context that
	// it is on this machine.
	Contexts map[string]string
	Theme    string
	Mouse    bool
	ReadOnly bool
	// Keys maps the name of an action to the keys that start it.
	Keys map[string][]string
	// Author is who commits: "Name <email>". Empty is whom Git is configured for.
	Author string
	// Registries maps a registry's host, or a host and a path, to what opens it.
	Registries map[string]Login
	// Forges maps a forge's host to what opens it.
	Forges map[string]Login
}

// SettingsPath returns where settings.yaml lies for the person who runs
// evenkeel. It need not exist.
func SettingsPath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the directory of settings.yaml: %w", err)
	}
	return filepath.Join(dir, "evenkeel", "settings.yaml"), nil
}

// ParseSettings reads a settings file; an empty one gives the defaults. The name
// is used in messages only. The error is a Problems that holds everything that
// is wrong with the file.
func ParseSettings(name string, data []byte) (*Settings, error) {
	r := newReader(name)
	s := &Settings{Mouse: true}
	if root := r.document(data); root != nil {
		readObject(r, root, "", settingsKeys(), s)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return s, nil
}

func settingsKeys() []key[Settings] {
	return []key[Settings]{
		{
			name: "contexts", doc: "The kubeconfig context of an environment on this machine.",
			value: mapping(func(s *Settings) *map[string]string { return &s.Contexts }, readContext, notEmpty.textSchema()),
		},
		{
			name: "theme", doc: "The name of the theme.",
			value: text(func(s *Settings) *string { return &s.Theme }, notEmpty),
		},
		{
			name: "mouse", doc: "Whether the console follows the mouse.",
			value: boolean(func(s *Settings) *bool { return &s.Mouse }).or(true),
		},
		{
			name: "readOnly", doc: "Refuse every plan.",
			value: boolean(func(s *Settings) *bool { return &s.ReadOnly }).or(false),
		},
		{
			name: "keys", doc: "The keys of an action: one, or a list.",
			value: mapping(func(s *Settings) *map[string][]string { return &s.Keys }, readKeys, map[string]any{
				"oneOf": []any{
					notEmpty.textSchema(),
					map[string]any{"type": "array", "items": notEmpty.textSchema()},
				},
			}),
		},
		{
			name: "author", doc: "Who commits: a name and an address. Left out, whom Git is configured for.",
			value: text(func(s *Settings) *string { return &s.Author }, author),
		},
		{
			name: "registries", doc: "What opens an image registry, by its host, or its host and the beginning of a path.",
			value: logins(func(s *Settings) *map[string]Login { return &s.Registries }, registryLogins()),
		},
		{
			name: "forges", doc: "What opens a forge, by its host, with its port if it has one.",
			value: logins(func(s *Settings) *map[string]Login { return &s.Forges }, forgeLogins()),
		},
	}
}

func readContext(r *reader, n *yaml.Node, what string) (string, bool) {
	return r.text(n, what, notEmpty)
}

func readKeys(r *reader, n *yaml.Node, what string) ([]string, bool) {
	if r.follow(n).Kind != yaml.SequenceNode {
		one, ok := r.text(n, what, notEmpty)
		return []string{one}, ok
	}
	keys := []string{}
	for i, item := range r.items(n, what) {
		if k, ok := r.text(item, fmt.Sprintf("%s[%d]", what, i), notEmpty); ok {
			keys = append(keys, k)
		}
	}
	return keys, true
}
