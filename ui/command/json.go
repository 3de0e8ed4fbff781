package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel/engine"
	"github.com/evenkeel/evenkeel/engine/config"
)

// The documents of `-o json`. They are a contract: fields may be added, but none
// is renamed, removed or given another meaning.
//
// Every field is always there. A list that is empty is [], a text that there is
// none of is "", and a time, a value or a person that is not known is null.
// Times are RFC 3339 in UTC; revisions are whole hashes. Values of Secrets are
// null on both sides, with masked set.

// statusJSON is the document of `evenkeel status`.
type statusJSON struct {
	Repository   repositoryJSON    `json:"repository"`
	Environments []environmentJSON `json:"environments"`
}

// repositoryJSON is the config repository.
type repositoryJSON struct {
	URL       string     `json:"url"`    // without credentials
	Branch    string     `json:"branch"` // the one followed
	Head      string     `json:"head"`   // its newest commit known
	FetchedAt *time.Time `json:"fetchedAt"`
	Error     string     `json:"error"` // why the last fetch failed
}

// environmentJSON is one environment and all its objects.
type environmentJSON struct {
	Name            string            `json:"name"`
	Context         string            `json:"context"` // "" is kubeconfig's current one
	Server          string            `json:"server"`
	Path            string            `json:"path"`
	Namespace       string            `json:"namespace"`
	Auto            bool              `json:"auto"` // syncs by itself
	Protected       bool              `json:"protected"`
	Sync            engine.SyncState  `json:"sync"`
	Health          engine.Health     `json:"health"`
	Revision        string            `json:"revision"`        // what the objects are compared with
	AppliedRevision string            `json:"appliedRevision"` // what the cluster last took whole
	BrokenRevision  string            `json:"brokenRevision"`  // the head, when it cannot be rendered
	Problems        []string          `json:"problems"`        // what is wrong with it
	Message         string            `json:"message"`
	Current         bool              `json:"current"`   // the live side is what is there now
	AsOf            *time.Time        `json:"asOf"`      // when it last was; null when it was never read
	RollsBack       bool              `json:"rollsBack"` // by itself, when a sync made it Degraded
	Failure         *failureJSON      `json:"failure"`   // null unless what the cluster took last has made it Degraded
	Suspension      *suspensionJSON   `json:"suspension"`
	Counts          countsJSON        `json:"counts"`
	Objects         []objectJSON      `json:"objects"`      // by kind, group, namespace, name
	Waiting         []changeJSON      `json:"waiting"`      // deletions that a person has to approve
	Syncs           []syncJSON        `json:"syncs"`        // newest first
	Changes         config.ChangeMode `json:"changes"`      // how commits reach the branch
	PullRequests    []pullRequestJSON `json:"pullRequests"` // newest first: those that wait, and those that ended lately
	Verification    *verificationJSON `json:"verification"` // null when the environment names none
	Pipeline        *pipelineJSON     `json:"pipeline"`     // null when it does not promote by itself
}

// pullRequestJSON is a change that waits for being merged, or has waited.
type pullRequestJSON struct {
	Number  int                     `json:"number"` // 0 without a forge
	URL     string                  `json:"url"`    // "" without a forge
	State   engine.PullRequestState `json:"state"`  // Open, Merged, Closed, Branch, Unknown
	Reason  string                  `json:"reason"` // what keeps it, or why its state is not known
	Title   string                  `json:"title"`
	Author  string                  `json:"author"` // of the commit
	Action  engine.Action           `json:"action"`
	Branch  string                  `json:"branch"`
	Commit  string                  `json:"commit"` // the branch's newest
	Created *time.Time              `json:"created"`
	Updated *time.Time              `json:"updated"`
}

// failureJSON is that what the cluster took last has made an environment Degraded.
type failureJSON struct {
	Revision   string     `json:"revision"`
	DeployedAt *time.Time `json:"deployedAt"`
	Back       string     `json:"back"` // the last revision that was Healthy
}

// countsJSON is the number of objects of each drift. Objects that have no
// verdict yet are not counted.
type countsJSON struct {
	Synced   int
	Modified int
	Missing  int
	Extra    int
}

// verificationJSON is how the Job went that verifies an environment, for what its
// cluster took last.
type verificationJSON struct {
	Revision string                   `json:"revision"`
	Job      *identityJSON            `json:"job"` // null when there is none yet
	State    engine.VerificationState `json:"state"`
	Message  string                   `json:"message"`
	Started  *time.Time               `json:"started"`
	Ended    *time.Time               `json:"ended"`
}

// pipelineJSON is what an environment waits for that promotes by itself.
type pipelineJSON struct {
	Source  string       `json:"source"`
	Updates []updateJSON `json:"updates"` // that would be promoted
	Left    []updateJSON `json:"left"`    // that are left out
	Gates   []gateJSON   `json:"gates"`
	Trouble string       `json:"trouble"` // why it cannot go on
}

// suspensionJSON says who suspended an environment.
type suspensionJSON struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// identityJSON is the identity of an object in its environment.
type identityJSON struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// objectJSON is an object in a status.
type objectJSON struct {
	identityJSON
	Version string        `json:"version"`
	File    string        `json:"file"` // "" when Git does not name it
	Line    int           `json:"line"`
	Drift   *engine.Drift `json:"drift"` // null until there is a verdict
	Health  engine.Health `json:"health"`
	Message string        `json:"message"`
	Failed  bool          `json:"failed"`  // the server refused it
	Ignored bool          `json:"ignored"` // by annotation
	Managed bool          `json:"managed"` // evenkeel has applied it
}

// syncJSON is an entry of an environment's record.
type syncJSON struct {
	Revision  string        `json:"revision"`
	Started   *time.Time    `json:"started"`
	Ended     *time.Time    `json:"ended"`
	Succeeded bool          `json:"succeeded"`
	Message   string        `json:"message"`
	Created   int           `json:"created"`
	Changed   int           `json:"changed"`
	Deleted   int           `json:"deleted"`
	Unchanged int           `json:"unchanged"`
	Failed    int           `json:"failed"`
	By        string        `json:"by"`
	Whole     bool          `json:"whole"`     // everything was applied, not only chosen objects
	Through   string        `json:"through"`   // the newest of the later revisions that changed nothing here
	Corrected int           `json:"corrected"` // objects that were put right since
	Health    engine.Health `json:"health"`    // how it fared as long as it was the newest; Unknown when that was not seen
	Proven    bool          `json:"proven"`    // it was Healthy for a while
}

// diffJSON is the document of `evenkeel diff`: the objects that differ.
type diffJSON struct {
	Environment string           `json:"environment"`
	Revision    string           `json:"revision"`
	Objects     []differenceJSON `json:"objects"`
}

// differenceJSON is one object that differs.
type differenceJSON struct {
	identityJSON
	Drift   engine.Drift `json:"drift"`
	File    string       `json:"file"`
	Line    int          `json:"line"`
	Reason  string       `json:"reason"` // why it would be refused, or waits for a person
	Refused bool         `json:"refused"`
	Diff    string       `json:"diff"` // unified, from live to desired
	Fields  []fieldJSON  `json:"fields"`
}

// fieldJSON is one differing field, and who set it on both sides.
type fieldJSON struct {
	Path      string     `json:"path"`
	Desired   any        `json:"desired"` // null when Git does not name it
	Live      any        `json:"live"`    // null when it is not live
	Masked    bool       `json:"masked"`  // of a Secret: the values are not told
	Manager   *string    `json:"manager"` // who set the live value
	ChangedAt *time.Time `json:"changedAt"`
	Commit    *string    `json:"commit"` // that brought the desired value
	Author    *string    `json:"author"`
	Subject   *string    `json:"subject"`
}

// historyJSON is the document of `evenkeel history`, newest commit first.
type historyJSON struct {
	Environment string              `json:"environment"`
	Commits     []historyCommitJSON `json:"commits"`
}

// historyCommitJSON is one commit that touched the environment.
type historyCommitJSON struct {
	Hash         string     `json:"hash"`
	Author       string     `json:"author"`
	Email        string     `json:"email"`
	Time         time.Time  `json:"time"`
	Subject      string     `json:"subject"`
	Action       string     `json:"action"`       // of evenkeel, "" when a person wrote it
	DeployedAt   *time.Time `json:"deployedAt"`   // null: not known to have been
	Environments []string   `json:"environments"` // that stand here now
}

// deploymentsJSON is the document of `evenkeel rollback` without a revision,
// newest deployment first.
type deploymentsJSON struct {
	Environment string           `json:"environment"`
	Deployments []deploymentJSON `json:"deployments"`
}

// deploymentJSON is a revision that the cluster of an environment took.
type deploymentJSON struct {
	Revision    string        `json:"revision"`
	Commit      string        `json:"commit"` // the newest one then that touches the environment, as are the next four
	Author      string        `json:"author"`
	Email       string        `json:"email"`
	Time        *time.Time    `json:"time"`
	Subject     string        `json:"subject"`
	DeployedAt  *time.Time    `json:"deployedAt"`
	Until       *time.Time    `json:"until"`  // null for the one that is there now
	Health      engine.Health `json:"health"` // how it went; Unknown when that was not seen
	Current     bool          `json:"current"`
	LastHealthy bool          `json:"lastHealthy"`
	Images      []updateJSON  `json:"images"`  // that would go back with it
	Problem     string        `json:"problem"` // why it cannot be gone back to
}

// imagesJSON is the document of `evenkeel images`.
type imagesJSON struct {
	Environments []environmentImagesJSON `json:"environments"`
	Registries   []registryJSON          `json:"registries"`
}

// environmentImagesJSON is every image that an environment names in Git.
type environmentImagesJSON struct {
	Name       string           `json:"name"`
	Mode       engine.ImageMode `json:"mode"`
	Message    string           `json:"message"`
	Revision   string           `json:"revision"`
	HoldsError string           `json:"holdsError"` // why they cannot be read; everything is held then
	Holds      []holdJSON       `json:"holds"`
	Images     []imageJSON      `json:"images"` // by object and container, init containers first
}

// imageJSON is the image of one container.
type imageJSON struct {
	Group        string            `json:"group"`
	Kind         string            `json:"kind"`
	Namespace    string            `json:"namespace"`
	Workload     string            `json:"workload"`
	Container    string            `json:"container"`
	Init         bool              `json:"init"`
	Repository   string            `json:"repository"`
	Desired      string            `json:"desired"` // tag, with the digest behind an @ when it is pinned
	Live         string            `json:"live"`    // "" when it is not live; of another repository the whole reference
	Allowed      string            `json:"allowed"` // the newest tag that the policy allows; "" when there is none, or none is known
	Newest       string            `json:"newest"`  // the newest of all
	NotNewest    string            `json:"notNewest"`
	Behind       int               `json:"behind"` // allowed tags that are newer than the desired one
	DesiredBuilt *time.Time        `json:"desiredBuilt"`
	AllowedBuilt *time.Time        `json:"allowedBuilt"`
	Policy       string            `json:"policy"`     // "" when there is none
	PolicyFrom   string            `json:"policyFrom"` // where it is written
	Automated    bool              `json:"automated"`  // the environment's mode applies
	State        engine.ImageState `json:"state"`
	Reason       string            `json:"reason"`
	Trouble      bool              `json:"trouble"`  // no newer tag can be told, and reason says why
	Moved        string            `json:"moved"`    // the desired tag points to another digest than it did
	Reverted     string            `json:"reverted"` // the commit of allowed, which somebody has taken back
	Hold         *holdJSON         `json:"hold"`
	AsOf         *time.Time        `json:"asOf"` // when the registry last told its tags
}

// holdJSON keeps an image, or all of an environment, as it is.
type holdJSON struct {
	Image      string     `json:"image"` // "" is all of the environment
	By         string     `json:"by"`
	Reason     string     `json:"reason"`
	Since      *time.Time `json:"since"`
	Annotation string     `json:"annotation"` // of Flux v1, on the object itself
	File       string     `json:"file"`       // that has it
}

// registryJSON is how an image registry does.
type registryJSON struct {
	Host         string     `json:"host"`
	Error        string     `json:"error"` // its last trouble, "" when it is well
	DownSince    *time.Time `json:"downSince"`
	LimitedSince *time.Time `json:"limitedSince"`
	NextTry      *time.Time `json:"nextTry"`
	LastAnswer   *time.Time `json:"lastAnswer"`
}

// checkJSON is the document of `evenkeel config check`.
type checkJSON struct {
	Environments []string      `json:"environments"`
	Problems     []problemJSON `json:"problems"`
}

// problemJSON is one thing that is wrong with an environment file.
type problemJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// versionJSON is the document of `evenkeel version`.
type versionJSON struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of evenkeel's own source, when known
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// writeJSON writes a document. What a terminal might obey, or not show, is
// escaped; the document means the same.
func writeJSON(w io.Writer, document any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	_, err := w.Write(escapeHidden(b.Bytes()))
	return err
}

// escapeHidden writes control and format characters as \u escapes. In a JSON
// document they can only stand inside strings, line ends excepted.
func escapeHidden(document []byte) []byte {
	out := make([]byte, 0, len(document))
	for _, r := range string(document) {
		switch {
		case r == '\n' || !unicode.In(r, unicode.Cc, unicode.Cf):
			out = append(out, string(r)...)
		case r > 0xffff:
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
