package kube

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Reason says in one word why the cluster refused something.
type Reason string

// The reasons that evenkeel treats differently.
const (
	Forbidden            Reason = "Forbidden"            // by access rules
	Denied               Reason = "Denied"               // by a quota or an admission rule
	Invalid              Reason = "Invalid"              // the object is not what its kind allows
	Immutable            Reason = "Immutable"            // a field that cannot change was changed
	Conflict             Reason = "Conflict"             // somebody else wrote at the same time
	NotFound             Reason = "NotFound"             // the object, or the namespace it should go to
	UnknownKind          Reason = "UnknownKind"          // the cluster does not serve this kind (yet)
	NamespaceTerminating Reason = "NamespaceTerminating" // the namespace is being deleted
	Unreachable          Reason = "Unreachable"          // no answer
	Unauthorized         Reason = "Unauthorized"         // the credentials are not accepted
	OtherReason          Reason = "Other"
)

// ObjectError is a refused request about one object.
type ObjectError struct {
	ID      ID
	Op      string // "apply", "delete", …
	Reason  Reason
	Message string // in the server's words, without anything of a Secret's content
	Retry   bool   // the same request may succeed later
}

func (e *ObjectError) Error() string { return fmt.Sprintf("%s: %s: %s", e.ID, e.Op, e.Message) }

// ReasonOf classifies any error of this package.
func ReasonOf(err error) Reason {
	var object *ObjectError
	if errors.As(err, &object) {
		return object.Reason
	}
	var unknown *unknownKindError
	if errors.As(err, &unknown) {
		return UnknownKind
	}
	var none *unreachableError
	if errors.As(err, &none) {
		return Unreachable
	}
	var answer *apierrors.StatusError
	if !errors.As(err, &answer) {
		return OtherReason
	}
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return NamespaceTerminating
	case apierrors.IsForbidden(err) && !byAccess(answer.ErrStatus.Message):
		return Denied
	case apierrors.IsForbidden(err):
		return Forbidden
	case apierrors.IsUnauthorized(err):
		return Unauthorized
	case apierrors.IsConflict(err):
		return Conflict
	case apierrors.IsNotFound(err):
		if answer.ErrStatus.Details == nil || answer.ErrStatus.Details.Name == "" {
			return UnknownKind
		}
		return NotFound
	case isImmutable(answer.ErrStatus):
		return Immutable
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), answer.ErrStatus.Code == http.StatusUnprocessableEntity:
		return Invalid
	case strings.HasPrefix(answer.ErrStatus.Message, "failed to create typed patch object"):
		// A field that the kind does not have, or of another type, comes as an
		// internal error without a reason.
		return Invalid
	}
	return OtherReason
}

// byAccess tells what access rules forbid to whoever asks from what is forbidden
// to everybody: only the words of the server do.
func byAccess(message string) bool {
	return strings.Contains(message, `" cannot `) || strings.Contains(message, "is attempting to grant RBAC permissions")
}

// isImmutable knows the ways in which API servers say that a field cannot be
// changed: there is no code for it.
func isImmutable(status metav1.Status) bool {
	if status.Reason != metav1.StatusReasonInvalid {
		return false
	}
	says := func(text string) bool {
		for _, phrase := range []string{
			"immutable", "may not be changed", "cannot be changed", "may not be updated",
			"updates to statefulset spec for fields other than", "pod updates may not change fields other than",
		} {
			if strings.Contains(text, phrase) {
				return true
			}
		}
		return false
	}
	if status.Details == nil || len(status.Details.Causes) == 0 {
		return says(status.Message)
	}
	return slices.ContainsFunc(status.Details.Causes, func(c metav1.StatusCause) bool { return says(c.Message) })
}

// objectError says what happened to an object. The original error is not kept
// inside, so that nothing that was cut from the message can come out again.
func objectError(id ID, op string, err error) error {
	if err == nil {
		return nil
	}
	reason := ReasonOf(err)
	message := err.Error()
	if id.Group == "" && id.Kind == "Secret" {
		message = withoutValues(reason, err)
	}
	return &ObjectError{ID: id, Op: op, Reason: reason, Message: message, Retry: mayPass(reason, err)}
}

// mayPass tells whether the same request can succeed without anybody
// changing the object in Git.
func mayPass(reason Reason, err error) bool {
	switch reason {
	case Conflict, NotFound, UnknownKind, NamespaceTerminating, Unreachable, Unauthorized, Forbidden, Denied:
		return true
	case Invalid, Immutable:
		return false
	}
	var answer *apierrors.StatusError
	return errors.As(err, &answer) && (answer.ErrStatus.Code >= http.StatusInternalServerError || answer.ErrStatus.Code == http.StatusTooManyRequests)
}

// withoutValues says what the server said about a Secret as far as it cannot
// contain the Secret's content. Validation, decoding and admission may quote
// values; of them only the reason and the field's names are told.
func withoutValues(reason Reason, err error) string {
	var answer *apierrors.StatusError
	if !errors.As(err, &answer) {
		return err.Error()
	}
	message := answer.ErrStatus.Message
	switch reason {
	case Conflict, NotFound, UnknownKind, NamespaceTerminating, Unauthorized, Forbidden, Denied:
		// An admission rule may refuse for any reason, in words of its own.
		if !strings.Contains(strings.ToLower(message), "admission") {
			return message
		}
	}
	told := string(answer.ErrStatus.Reason)
	if told == "" {
		told = string(reason)
	}
	if answer.ErrStatus.Details != nil {
		var fields []string
		for _, cause := range answer.ErrStatus.Details.Causes {
			if cause.Field != "" {
				fields = append(fields, strings.TrimSpace(string(cause.Type)+" "+cause.Field))
			}
		}
		if len(fields) > 0 {
			told += ": " + strings.Join(fields, ", ")
		}
	}
	return told + " (the server's full message may quote the Secret and is not shown)"
}
