package config

import (
	"fmt"
	"net/mail"
	"path"
	"regexp"
	"strings"
	"unicode"
)

var notEmpty = rule{
	check: func(s string) string {
		switch {
		case strings.TrimSpace(s) == "":
			return "is empty"
		case strings.ContainsFunc(s, unicode.IsControl):
			return fmt.Sprintf("is %q, with a character in it that cannot be printed", s)
		}
		return ""
	},
	schema: map[string]any{"pattern": `\S`},
}

const (
	hostPattern = `^([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]+)?$`
	// registryPattern is a host with or without the beginning of a path.
	registryPattern = `^([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]+)?(/[a-z0-9._-]+)*$`
	webPattern      = `^https?://([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]+)?(/[^\s?#]*)?$`
	authorPattern   = `^[^<>\s]([^<>]*[^<>\s])? <[^<>\s]+@[^<>\s]+>$`
)

var (
	hostSyntax     = regexp.MustCompile(hostPattern)
	registrySyntax = regexp.MustCompile(registryPattern)
	webSyntax      = regexp.MustCompile(webPattern)
	authorSyntax   = regexp.MustCompile(authorPattern)
)

// host is where a registry answers.
var host = rule{
	check: func(s string) string {
		if !hostSyntax.MatchString(s) {
			return fmt.Sprintf("is %q, but must be a host, with its port if it has one, such as registry.acme.dev:5000", s)
		}
		return ""
	},
	schema: map[string]any{"pattern": hostPattern},
}

// webAddress is where pages are. It has no login in it, which would be kept with
// the file.
var webAddress = rule{
	check: func(s string) string {
		if !webSyntax.MatchString(s) {
			return "must be the address of a web page without a login, such as https://git.acme.dev"
		}
		return ""
	},
	schema: map[string]any{"pattern": webPattern},
}

// author is how Git names people.
var author = rule{
	check: func(s string) string {
		address, err := mail.ParseAddress(s)
		if err != nil || address.Name == "" || !authorSyntax.MatchString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Sprintf("is %q, but must be a name and an address, such as Ada Byron <ada@acme.dev>", s)
		}
		return ""
	},
	schema: map[string]any{"pattern": authorPattern},
}

// password may be any text. What was written in its place is not repeated.
var password = rule{
	check: func(s string) string {
		if s == "" {
			return "is empty"
		}
		return ""
	},
	schema: map[string]any{"minLength": 1},
	secret: true,
}

const (
	dnsLabelPattern = `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	dnsLabelLength  = 63
)

var dnsLabelSyntax = regexp.MustCompile(dnsLabelPattern)

// dnsLabel is the syntax of namespaces, and of whatever becomes a part of the
// name of an object.
var dnsLabel = rule{
	check: func(s string) string {
		switch {
		case len(s) > dnsLabelLength:
			return fmt.Sprintf("has %d characters, more than the %d that Kubernetes allows", len(s), dnsLabelLength)
		case !dnsLabelSyntax.MatchString(s):
			return fmt.Sprintf("is %q, but may hold only lower-case letters, digits and dashes, with a letter or digit at both ends", s)
		}
		return ""
	},
	schema: map[string]any{"pattern": dnsLabelPattern, "maxLength": dnsLabelLength},
}

// repositoryPath stays inside the repository. The schema says less than the
// check: which paths leave through "..", no regular expression tells.
var repositoryPath = rule{
	check: func(s string) string {
		clean := path.Clean(s)
		switch {
		case strings.TrimSpace(s) == "":
			return `is empty; the root of the repository is "."`
		case strings.ContainsFunc(s, unicode.IsControl):
			return fmt.Sprintf("is %q, with a character in it that cannot be printed", s)
		case strings.Contains(s, `\`):
			return fmt.Sprintf("is %q; write it with forward slashes", s)
		case path.IsAbs(s):
			return fmt.Sprintf("is %q, but must be relative to the root of the repository", s)
		case clean == ".." || strings.HasPrefix(clean, "../"):
			return fmt.Sprintf("is %q, which leaves the repository", s)
		}
		return ""
	},
	schema: map[string]any{"pattern": `^[^/\\][^\\]*$`},
}
