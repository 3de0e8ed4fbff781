package config

import "go.yaml.in/yaml/v3"

// Login opens an image registry.
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

// logins reads those of settings.yaml.
func logins() value[Settings] {
	return value[Settings]{
		schema: map[string]any{
			"type":                 "object",
			"propertyNames":        map[string]any{"pattern": registryPattern},
			"additionalProperties": objectSchema(loginKeys()),
		},
		read: func(r *reader, n *yaml.Node, what string, into *Settings) {
			into.Registries = map[string]Login{}
			for _, p := range r.pairs(n, what) {
				if !registrySyntax.MatchString(p.name) {
					r.problem(p.key, "%s names %q, but must name hosts, such as registry.acme.dev:5000, or a host and a path", what, p.name)
					continue
				}
				into.Registries[p.name] = readLogin(r, p, under(what, p.name))
			}
		},
	}
}

func readLogin(r *reader, p pair, what string) Login {
	var l Login
	n := r.follow(p.value)
	if n.Kind != yaml.MappingNode {
		// What stands there may well be the password.
		r.problem(n, "%s must be a mapping of username and password", what)
		return l
	}
	before := len(r.problems)
	readObject(r, n, what, loginKeys(), &l)
	switch {
	case len(r.problems) > before:
	case l.Password == "" && l.PasswordFile == "":
		r.problem(n, "%s has no password: give password or passwordFile", what)
	case l.Password != "" && l.PasswordFile != "":
		r.problem(n, "%s has both password and passwordFile: give one of them", what)
	}
	return l
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
