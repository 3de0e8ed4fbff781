package render

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Why the text of a file is kept back.
const (
	holdsSecret    = "it holds a Secret"
	mayHoldSecret  = "it may hold a Secret"
	makesSecret    = "a Secret is made from it"
	patchesSecret  = "it may patch a Secret"
	holdsKey       = "it holds a private key"
	encrypted      = "it is encrypted with SOPS"
	notText        = "it is binary"
	namedSecret    = "it is no manifest, and by its name it may hold something secret"
	unknownPurpose = "it is no manifest, and no kustomization says what it is for"
)

var (
	// secretText finds a Secret in what is no clean YAML: broken files,
	// templates, comments.
	secretText = regexp.MustCompile(`(?i)\bkind\b["']?\s*[:=]\s*[&!\w\s]*["']?secret(list)?\b|\bstringData\b|(?s:\bsecretGenerator\b.*\bliterals\b)`)
	// secretPatch finds a JSON patch of a Secret there.
	secretPatch = regexp.MustCompile(`\bpath["']?\s*:\s*["']?/(data|stringData)\b`)
	privateKey  = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)
	secretName  = regexp.MustCompile(`(?i)secret|passw|credential|token|private|apikey|api-key|api_key|kubeconfig` +
		`|(^|/)\.?env(\.|$)|\.(env|pem|key|p12|pfx|jks|keystore|p8|ppk|kdbx|ovpn|age)$|(^|/)(\.netrc|\.htpasswd|\.npmrc|\.pypirc|\.pgpass|\.my\.cnf|\.dockercfg|\.dockerconfigjson|id_[a-z0-9]+)$|\.docker/config\.json$`)
)

// commonText is what people keep beside manifests and no Secret is made from,
// unless a kustomization says so.
var commonText = regexp.MustCompile(`(?i)\.(md|adoc|rst|sh|bash|py|go|js|ts|rb|tf|hcl|rego|cue|jsonnet|libsonnet|lua|html|css|svg|tpl|tmpl|mod|sum)$` +
	`|(^|/)(readme|license|notice|changelog|contributing|codeowners|owners|version|makefile|dockerfile|jenkinsfile|taskfile)[^/]*$` +
	`|(^|/)\.(git|editorconfig|dockerignore|prettier|yamllint|sops\.yaml$)[^/]*$|(^|/)\.(ci|circleci|github|gitlab)[/-]`)

// Withholds says why the text of a file must not be shown: a person may see
// every file of a repository but those that hold, or may hold, the values of a
// Secret, or that cannot be read as text. It is empty for the rest. The text
// need not be the one that the surveyed tree has at the path.
func (s *Secrecy) Withholds(file string, text []byte) string {
	switch {
	case s.secret[file]:
		return makesSecret
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return notText
	case privateKey.Match(text):
		return holdsKey
	}
	name := path.Base(file)
	kustomization := IsKustomization(name)
	if !isManifest(name) && !kustomization {
		if secretText.Match(text) {
			return mayHoldSecret
		}
		return s.doubt(file)
	}
	values, clean := valuesOf(file, text)
	manifest := kustomization
	for _, value := range values {
		if why := withheld(value, asFile); why != "" {
			return why
		}
		switch v := value.(type) {
		case map[string]any:
			manifest = manifest || kindOf(v) != ""
			if !kustomization && !s.open[file] && reachesSecret(v) {
				return mayHoldSecret
			}
		case []any:
			manifest = manifest || slices.ContainsFunc(mapsOf(v), func(item map[string]any) bool { return has(item, "op") })
			if !s.open[file] && reachesSecret(v) {
				return patchesSecret
			}
		}
	}
	if !clean && (secretText.Match(text) || secretPatch.Match(text)) || secretText.Match(comments(text)) {
		return mayHoldSecret
	}
	if !manifest && len(bytes.TrimSpace(text)) > 0 {
		return s.doubt(file)
	}
	return ""
}

// doubt judges what is no manifest. What no kustomization says it reads may be
// what is left of something secret that one has read.
func (s *Secrecy) doubt(file string) string {
	switch {
	case s.open[file]:
		return ""
	case secretName.MatchString(file):
		return namedSecret
	case commonText.MatchString(file):
		return ""
	case s.kustomized(file), len(s.kustom) > 0 && !isManifest(file):
		return unknownPurpose
	}
	return ""
}

// comments returns what stands in the comments that fill a line: an object that
// was commented out is still there to read.
func comments(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] == '#' {
			out = append(append(out, bytes.TrimLeft(line, "#")...), '\n')
		}
	}
	return out
}

// role is how a value stands in a file.
type role int

const (
	asPart     role = iota // somewhere inside of an object, which may only refer to a Secret
	asDocument             // an object
	asFile                 // an object that the file itself says
)

// withheld finds in a value what must not be shown.
func withheld(value any, as role) string { return withheldAt(value, as, 0) }

func withheldAt(value any, as role, depth int) string {
	switch v := value.(type) {
	case map[string]any:
		if why := withheldMap(v, as); why != "" {
			return why
		}
		for key, item := range v {
			items, _ := item.([]any)
			if key == "items" && isList(v) {
				for _, object := range items {
					if why := withheldAt(object, asDocument, depth); why != "" {
						return why
					}
				}
				continue
			}
			if why := withheldAt(item, asPart, depth); why != "" {
				return why
			}
		}
	case []any:
		for _, item := range v {
			if why := withheldAt(item, asPart, depth); why != "" {
				return why
			}
		}
	case string:
		return withheldText(v, depth)
	}
	return ""
}

func withheldMap(m map[string]any, as role) string {
	kind := kindOf(m)
	switch {
	case isSecretKind(kind) && (as != asPart || has(m, "data", "stringData", "binaryData", "items")):
		return holdsSecret
	case as == asFile && slices.ContainsFunc(mapsUnder(m, "sops"), func(sops map[string]any) bool { return has(sops, "mac", "lastmodified", "version") }):
		return encrypted
	case strings.EqualFold(kind, "SecretGenerator") && has(m, "literals"):
		return holdsSecret
	case slices.ContainsFunc(mapsUnder(m, "secretGenerator"), func(g map[string]any) bool { return has(g, "literals") }):
		return holdsSecret
	}
	return withheldPatch(m)
}

// kindOf returns the kind that an object says it has; of several, a Secret.
func kindOf(m map[string]any) string {
	kind := ""
	for _, value := range textsUnder(m, "kind") {
		if kind = value; isSecretKind(kind) {
			break
		}
	}
	return kind
}

// withheldPatch judges a map that says what to change, and in which objects.
func withheldPatch(m map[string]any) string {
	aim := aimOf(m)
	for _, key := range []string{"patch", "patches", "jsonOp"} {
		for _, patch := range under(m, key) {
			if secretPatched(patch, aim) {
				return patchesSecret
			}
		}
	}
	if has(m, "sourceValue") || has(m, "value") && kindOf(m) == "ValueAddTransformer" {
		for _, target := range mapsUnder(m, "targets") {
			if aimOf(target) != aimOther {
				return patchesSecret
			}
		}
	}
	return ""
}

// secretPatched tells whether a patch changes a Secret, or may do so.
func secretPatched(patch any, aim aimed) bool {
	if aim == aimOther {
		return false
	}
	text, isText := patch.(string)
	if !isText {
		return aim == aimSecret || reachesSecret(patch)
	}
	values, clean := valuesOf("", []byte(text))
	return aim == aimSecret || slices.ContainsFunc(values, reachesSecret) ||
		!clean && (secretText.MatchString(text) || secretPatch.MatchString(text))
}

// reachesSecret tells whether a patch that does not say what it is for touches
// what Secrets keep their values in.
func reachesSecret(patch any) bool {
	switch v := patch.(type) {
	case map[string]any:
		return kindOf(v) == "" && has(v, "data", "stringData")
	case []any:
		return slices.ContainsFunc(mapsOf(v), func(op map[string]any) bool {
			return has(op, "op") && slices.ContainsFunc(textsUnder(op, "path"), func(to string) bool {
				return to == "" || to == "/" || strings.HasPrefix(to, "/data") || strings.HasPrefix(to, "/stringData")
			})
		})
	}
	return false
}

// withheldText looks into a text that may be a document itself: manifests are
// kept in ConfigMaps, and kubectl keeps them in annotations.
func withheldText(text string, depth int) string {
	if !strings.Contains(text, "\n") && !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return ""
	}
	values, clean := valuesOf("", []byte(text))
	if !clean || depth >= maxListDepth {
		if secretText.MatchString(text) {
			return mayHoldSecret
		}
		return ""
	}
	for _, value := range values {
		if why := withheldAt(value, asDocument, depth+1); why != "" {
			return why
		}
	}
	if secretText.Match(comments([]byte(text))) {
		return mayHoldSecret
	}
	return ""
}
