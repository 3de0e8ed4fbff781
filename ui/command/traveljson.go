package command

import (
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// momentJSON is the document of `evenkeel show`.
type momentJSON struct {
	Environment string             `json:"environment"`
	Revision    string             `json:"revision"`
	Commit      *madeByJSON        `json:"commit"`   // null when none has touched it yet
	Problems    []string           `json:"problems"` // why it does not render
	Objects     []momentObjectJSON `json:"objects"`  // by kind, group, namespace, name
	Images      []momentImageJSON  `json:"images"`
}

// madeByJSON is the newest commit at a revision that touches an environment.
type madeByJSON struct {
	Hash    string    `json:"hash"`
	Author  string    `json:"author"`
	Email   string    `json:"email"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
}

// momentObjectJSON is an object as Git said it.
type momentObjectJSON struct {
	identityJSON
	File string `json:"file"`
	Line int    `json:"line"`
	YAML string `json:"yaml"` // values of Secrets hidden
}

// imagePlaceJSON is where an image is named.
type imagePlaceJSON struct {
	Group      string `json:"group"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Workload   string `json:"workload"`
	Container  string `json:"container"`
	Repository string `json:"repository"`
}

// momentImageJSON is an image as Git named it.
type momentImageJSON struct {
	imagePlaceJSON
	Tag string `json:"tag"` // with its digest when it is pinned
}

// comparedImageJSON is an image that differs.
type comparedImageJSON struct {
	imagePlaceJSON
	From string `json:"from"` // a tag; the whole reference of another repository
	To   string `json:"to"`
}

// comparisonJSON is the document of `evenkeel compare`.
type comparisonJSON struct {
	From       endJSON             `json:"from"`
	To         endJSON             `json:"to"`
	Namespaces []namespacePairJSON `json:"namespaces"` // that are called otherwise in to
	Problems   []string            `json:"problems"`   // why one of the two does not render
	Changes    []comparedJSON      `json:"changes"`
	Images     []comparedImageJSON `json:"images"`
	Common     []commonJSON        `json:"common"`    // differences that most of the changed objects have alike
	Ambiguous  []ambiguityJSON     `json:"ambiguous"` // not compared: several could belong together
	Unchanged  int                 `json:"unchanged"`
}

// endJSON is one of the two that are compared.
type endJSON struct {
	Environment string      `json:"environment"`
	Revision    string      `json:"revision"`
	Commit      *madeByJSON `json:"commit"`
}

// namespacePairJSON is a namespace as both environments call it.
type namespacePairJSON struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// comparedJSON is an object that differs.
type comparedJSON struct {
	changeJSON
	Diff string `json:"diff"` // unified
}

// commonJSON is a field of one name that differs alike in many objects.
type commonJSON struct {
	Name    string `json:"name"`
	From    any    `json:"from"` // null where there is none
	To      any    `json:"to"`
	Objects int    `json:"objects"`
}

// ambiguityJSON are objects of one kind and name in several namespaces.
type ambiguityJSON struct {
	From []identityJSON `json:"from"`
	To   []identityJSON `json:"to"`
}

// momentDocument is what an environment was, as a document.
func momentDocument(m *engine.Moment) momentJSON {
	return momentJSON{
		Environment: m.Environment, Revision: m.Revision, Commit: madeByDocument(m.Commit), Problems: list(m.Problems),
		Objects: each(m.Objects, func(o engine.MomentObject) momentObjectJSON {
			return momentObjectJSON{identityJSON: identityJSON(o.ID), File: o.File, Line: o.Line, YAML: o.YAML}
		}),
		Images: each(m.Images, func(i engine.MomentImage) momentImageJSON {
			return momentImageJSON{imagePlace(i.Object, i.Container, i.Repository), i.Tag}
		}),
	}
}

func imagePlace(object engine.ID, container, repository string) imagePlaceJSON {
	return imagePlaceJSON{
		Group: object.Group, Kind: object.Kind, Namespace: object.Namespace, Workload: object.Name,
		Container: container, Repository: repository,
	}
}

func madeByDocument(c engine.Commit) *madeByJSON {
	if c.Hash == "" {
		return nil
	}
	return &madeByJSON{Hash: c.Hash, Author: c.Author, Email: c.Email, Time: c.Time.UTC(), Subject: c.Subject}
}

// comparisonDocument is a comparison as a document.
func comparisonDocument(r *engine.Comparison) comparisonJSON {
	identities := func(ids []engine.ID) []identityJSON {
		return each(ids, func(id engine.ID) identityJSON { return identityJSON(id) })
	}
	return comparisonJSON{
		From:       endJSON{r.From.Environment, r.From.Revision, madeByDocument(r.FromCommit)},
		To:         endJSON{r.To.Environment, r.To.Revision, madeByDocument(r.ToCommit)},
		Namespaces: each(r.Namespaces, func(n engine.NamespacePair) namespacePairJSON { return namespacePairJSON(n) }),
		Problems:   list(r.Problems),
		Changes:    each(r.Changes, func(c engine.Change) comparedJSON { return comparedJSON{changeDocument(c), c.Diff} }),
		Images: each(r.Images, func(u engine.ImageUpdate) comparedImageJSON {
			return comparedImageJSON{imagePlace(u.Object, u.Container, u.Repository), u.From, u.To}
		}),
		Common:    each(r.Common, func(k engine.CommonDifference) commonJSON { return commonJSON(k) }),
		Ambiguous: each(r.Ambiguous, func(a engine.Ambiguity) ambiguityJSON { return ambiguityJSON{identities(a.From), identities(a.To)} }),
		Unchanged: r.Unchanged,
	}
}
