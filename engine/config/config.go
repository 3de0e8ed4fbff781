package config

import (
	"math"
	"time"
)

// FileName is the name of the environment file at the root of a config
// repository.
const FileName = "evenkeel.yaml"

// What holds where the file is silent.
const (
	DefaultInterval         = 30 * time.Second
	DefaultRegistryInterval = 5 * time.Minute
	DefaultPruneLimit       = 0.3
)

// Config is what evenkeel.yaml says.
type Config struct {
	Repository   Repository
	Registries   Registries
	Environments []Environment
}

// Registries say how the registries of the images are asked.
type Registries struct {
	// Interval is the longest time between two looks at the tags of an image.
	// What changed lately is looked at more often.
	Interval time.Duration
	// Insecure names the hosts, with their port, that are asked over plain HTTP
	// or without a certificate that can be verified.
	Insecure []string
}

// Repository is where the desired state is kept.
type Repository struct {
	// URL is empty when the file lies in the config repository itself and
	// leaves it out.
	URL string
	// Branch is empty for the remote's default branch.
	Branch string
	// Interval is the time between two looks at the remote.
	Interval time.Duration
	// Forge is the software that serves the repository, where the host does not
	// tell, and ForgeURL its address where that is not the repository's own.
	Forge    ForgeKind
	ForgeURL string
}

// ForgeKind is the software of a forge, which has pull requests.
type ForgeKind string

// The forges.
const (
	ForgeGitHub ForgeKind = "github"
	ForgeGitLab ForgeKind = "gitlab"
	ForgeGitea  ForgeKind = "gitea" // and Forgejo
)

// SyncMode says whether evenkeel syncs an environment of its own accord.
type SyncMode string

// The sync modes.
const (
	SyncAuto   SyncMode = "auto"
	SyncManual SyncMode = "manual"
)

// ImageMode says what happens when an image policy allows a newer image.
type ImageMode string

// The image modes.
const (
	ImagesAuto    ImageMode = "auto"
	ImagesApprove ImageMode = "approve"
	ImagesOff     ImageMode = "off"
)

// ChangeMode says how a commit that changes an environment comes to its branch.
type ChangeMode string

// The change modes.
const (
	// ChangePush pushes to the branch.
	ChangePush ChangeMode = "push"
	// ChangePullRequest pushes to a branch of its own and asks for a merge.
	ChangePullRequest ChangeMode = "pull-request"
)

// ActMode says whether evenkeel acts of its own accord.
type ActMode string

// The modes of promotion and of rollback.
const (
	ActAuto   ActMode = "auto"
	ActManual ActMode = "manual"
)

// Environment is a cluster, a path in the config repository, and the rules by
// which the one is kept equal to the other.
type Environment struct {
	Name string
	// Context is the kubeconfig context; empty for the current one, or the
	// cluster that evenkeel itself runs in.
	Context string
	// Path is slash-separated, clean and relative to the repository; "." is
	// its root.
	Path string
	// Namespace is taken by objects that name none.
	Namespace string
	Sync      SyncMode
	Images    ImageMode
	// PinDigests asks that a new tag is written with the digest behind it.
	PinDigests bool
	// Protected environments ask for their name before a destructive plan.
	Protected bool
	// PromotesFrom names the environment whose images come here.
	PromotesFrom string
	Gates        Gates
	// Changes says how commits reach the branch.
	Changes ChangeMode
	// Promote: auto brings what the gates let pass without being asked.
	Promote ActMode
	// Rollback: auto brings back the last healthy revision of an environment
	// that a sync has made Degraded.
	Rollback ActMode
	// Verify is a file in the repository with a Job that is run in the environment
	// after each sync; empty when there is none. It is clean and slash-separated.
	Verify string
	// PruneLimit is the share of the environment's objects, between 0 and 1,
	// that a sync may prune without a person.
	PruneLimit float64
}

// MayPrune tells whether a sync may delete this many of the environment's
// objects without a person. A single object is within any limit but 0, or no
// small environment could ever lose one.
func (e Environment) MayPrune(pruned, total int) bool {
	if pruned == 0 {
		return true
	}
	if e.PruneLimit == 0 {
		return false
	}
	return pruned == 1 || pruned <= int(math.Floor(e.PruneLimit*float64(total)))
}

// Gates are the conditions that a plan for an environment must meet.
type Gates struct {
	// Healthy asks that the source environment is Healthy at the revision
	// that is promoted.
	Healthy bool
	// Soak is how long it must have been so.
	Soak time.Duration
	// Windows are the times at which the environment may change, such as
	// "Mon-Fri 08:00-16:00 Europe/Berlin". None means always.
	Windows []string
	// Freezes are the times at which it may not, such as
	// "2026-12-20 18:00 to 2027-01-04 06:00 Europe/Berlin".
	Freezes []string
	// Approvals is how many distinct people have to agree to a change of images,
	// whoever makes it included; 0 and 1 ask nobody.
	Approvals int
}

// Parse reads an environment file. The name is used in messages only. The error
// is a Problems that holds everything that is wrong with the file.
func Parse(name string, data []byte) (*Config, error) {
	r := newReader(name)
	c := &Config{Repository: newRepository(), Registries: newRegistries()}
	if root := r.document(data); root != nil {
		readObject(r, root, "", configKeys(), c)
		checkEnvironments(r, c.Environments)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return c, nil
}

func newRepository() Repository { return Repository{Interval: DefaultInterval} }

func newRegistries() Registries { return Registries{Interval: DefaultRegistryInterval} }

func newEnvironment() Environment {
	return Environment{
		Sync: SyncManual, Images: ImagesOff, PruneLimit: DefaultPruneLimit,
		Changes: ChangePush, Promote: ActManual, Rollback: ActManual,
	}
}
