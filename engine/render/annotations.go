package render

import (
	"regexp"
	"strings"
)

// The annotations on objects in Git that say what a sync must leave alone.
const (
	annotationIgnore       = "evenkeel.dev/ignore"
	annotationPrune        = "evenkeel.dev/prune"
	annotationIgnoreFields = "evenkeel.dev/ignore-fields"
	annotationFluxIgnore   = "fluxcd.io/ignore"
)

// pointerSyntax is that of RFC 6901, without the pointer to the whole object
// and without keys that are empty, which no object has.
var pointerSyntax = regexp.MustCompile(`^(/([^~/]|~[01])+)+$`)

func (o *Object) readAnnotations(complain func(format string, args ...any)) {
	annotations := o.Manifest.GetAnnotations()
	switch value := annotations[annotationIgnore]; value {
	case "true":
		o.Ignore = true
	case "", "false":
	default:
		complain(`the annotation %s is %q, but must be "true" or "false"`, annotationIgnore, value)
	}
	switch annotations[annotationFluxIgnore] {
	case "true", "sync_only":
		o.Ignore = true
	}
	switch value := annotations[annotationPrune]; value {
	case "disabled":
		o.PruneDisabled = true
	case "", "enabled":
	default:
		complain(`the annotation %s is %q, but must be "disabled" or "enabled"`, annotationPrune, value)
	}
	for pointer := range strings.SplitSeq(annotations[annotationIgnoreFields], ",") {
		pointer = strings.TrimSpace(pointer)
		switch {
		case pointer == "":
		case !pointerSyntax.MatchString(pointer):
			complain("the annotation %s holds %q, which is not a JSON pointer such as /spec/replicas", annotationIgnoreFields, pointer)
		default:
			o.IgnoreFields = append(o.IgnoreFields, pointer)
		}
	}
}
