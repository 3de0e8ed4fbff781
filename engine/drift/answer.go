package drift

// Answer says whether a forced server-side apply would change an object.
type Answer int

const (
	// Unsure means that only the server can tell.
	Unsure Answer = iota
	// Same means that nothing but bookkeeping would change.
	Same
	// Differs means that an apply would change the object, or be rejected in
	// the attempt.
	Differs
)

// String spells the answer for messages.
func (a Answer) String() string {
	switch a {
	case Same:
		return "same"
	case Differs:
		return "differs"
	default:
		return "unsure"
	}
}
