package config

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// Login opens an image registry, or a forge, which takes a token alone.
type Login struct {
	Username string
	// Password is the password or a token; PasswordFile is a file that holds it.
	// One of the two is set.
	Password, PasswordFile string
}

// String hides the password.
func (l Login) String() string { return l.Username }

// GoString hides the password.
func (l Login) GoString() string { return l.String() }

// loginForm is how the logins of one sort are written down.
type loginForm struct {
	hosts   *regexp.Regexp
	example string // of the hosts
	shape   string // what an entry is a mapping of
	secret  string // the key of the secret; with File behind it that of a file
	keys    []key[Login]
}

func registryLogins() loginForm {
	return loginForm{
		hosts: registrySyntax, example: "registry.acme.dev:5000, or a host and a path",
		shape: "username and password", secret: "password", keys: loginKeys(),
	}
}

func forgeLogins() loginForm {
	return loginForm{hosts: hostSyntax, example: "git.acme.dev", shape: "token or tokenFile", secret: "token", keys: tokenKeys()}
}

// logins reads those of settings.yaml.
func logins(field func(*Settings) *map[string]Login, form loginForm) value[Settings] {
	return value[Settings]{
		schema: map[string]any{
			"type":                 "object",
			"propertyNames":        map[string]any{"pattern": form.hosts.String()},
			"additionalProperties": objectSchema(form.keys),
		},
		read: func(r *reader, n *yaml.Node, what string, into *Settings) {
			all := map[string]Login{}
			for _, p := range r.pairs(n, what) {
				if !form.hosts.MatchString(p.name) {
					r.problem(p.key, "%s names %q, but must name hosts, such as %s", what, p.name, form.example)
					continue
				}
				all[p.name] = form.read(r, p, under(what, p.name))
			}
			*field(into) = all
		},
	}
}

func (form loginForm) read(r *reader, p pair, what string) Login {
	var l Login
	n := r.follow(p.value)
	if n.Kind != yaml.MappingNode {
		// What stands there may well be the password.
		r.problem(n, "%s must be a mapping of %s", what, form.shape)
		return l
	}
	before := len(r.problems)
	readObject(r, n, what, form.keys, &l)
	switch {
	case len(r.problems) > before:
	case l.Password == "" && l.PasswordFile == "":
		r.problem(n, "%s has no %[2]s: give %[2]s or %[2]sFile", what, form.secret)
	case l.Password != "" && l.PasswordFile != "":
		r.problem(n, "%s has both %[2]s and %[2]sFile: give one of them", what, form.secret)
	}
	return l
}

func tokenKeys() []key[Login] {
	return []key[Login]{
		{
			name: "token", doc: "The token.",
			value: text(func(l *Login) *string { return &l.Password }, password),
		},
		{
			name: "tokenFile", doc: "A file that holds the token.",
			value: text(func(l *Login) *string { return &l.PasswordFile }, notEmpty),
		},
	}
}

func loginKeys() []key[Login] {
	return []key[Login]{
		{
			name: "username", doc: "The name to log in with.", required: true,
			value: text(func(l *Login) *string { return &l.Username }, notEmpty),
		},
		{
			name: "password", doc: "The password, or a token.",
			value: text(func(l *Login) *string { return &l.Password }, password),
		},
		{
			name: "passwordFile", doc: "A file that holds the password.",
			value: text(func(l *Login) *string { return &l.PasswordFile }, notEmpty),
		},
	}
}
