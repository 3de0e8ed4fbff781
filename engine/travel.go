package engine

// At is an environment at a revision.
type At struct {
	Environment string
	Revision    string // anything that names a commit; empty is what the environment follows
}

// Moment is what an environment was at a revision.
type Moment struct {
	At
	Commit  Commit // the newest one at the revision that touches the environment
	Objects []MomentObject
	Images  []MomentImage
	// Problems say why it does not render.
	Problems []string
}

// MomentObject is an object as Git said it.
type MomentObject struct {
	ID
	File string
	Line int
	YAML string // the values of Secrets hidden
}

// MomentImage is an image as Git named it.
type MomentImage struct {
	Object     ID
	Container  string
	Repository string
	Tag        string // with its digest when it is pinned
}

// Comparison is how one environment at a revision differs from another one, or
// from itself at another revision.
type Comparison struct {
	From, To At
	// Changes are what lies between the two, Live that of From. Objects of two
	// environments are matched by kind and name, their namespaces mapped.
	Changes []Change
	Images  []ImageUpdate
	// Unchanged counts the objects that are the same.
	Unchanged int
	// Problems say why one of the two does not render.
	Problems []string
}
