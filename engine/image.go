package engine

import (
	"time"

	"github.com/evenkeel/evenkeel/engine/config"
)

// ImageMode says what happens when a policy allows a newer image.
type ImageMode = config.ImageMode

// The image modes of an environment.
const (
	ImagesAuto    = config.ImagesAuto    // evenkeel commits it
	ImagesApprove = config.ImagesApprove // a person approves it
	ImagesOff     = config.ImagesOff     // it is only shown
)

// ImageState says how far an image is on its way from the registry through Git
// into the cluster.
type ImageState string

// The states of an image. What holds first in this order is told.
const (
	ImageCommitting ImageState = "Committing" // a newer tag is being committed now
	ImageHeld       ImageState = "Held"       // left alone until it is released
	ImagePending    ImageState = "Pending"    // the policy allows a newer tag than Git names
	ImageApproved   ImageState = "Approved"   // Git names it, the cluster does not run it yet
	ImageRollingOut ImageState = "RollingOut" // the workload is being brought to it
	ImageFailed     ImageState = "Failed"     // the workload is Degraded with it
	ImageLive       ImageState = "Live"       // Git names it and the cluster runs it
	ImageUnknown    ImageState = "Unknown"    // the cluster has not been read
)

// Image is an image that an environment names in Git: that of one container of
// one workload, or of a field that says which image something else runs.
type Image struct {
	// Object is the workload, and Container the name of its container. Init
	// tells an init container.
	Object    ID
	Container string
	Init      bool
	// Repository is the image's name in full, without tag and digest. It is as
	// Git writes it where that is no valid name.
	Repository string
	// Desired is what Git names behind the repository: the tag, with the digest
	// behind an @ when it is pinned. Live is that of the live object; of another
	// repository the whole reference. Empty: the container is not there.
	Desired, Live string

	// Policy is the rule as it is written, and PolicyFrom where: the annotation,
	// or the ImagePolicy object of Flux v2. Both are empty when there is none.
	Policy, PolicyFrom string
	// Automated: the environment's image mode applies.
	Automated bool
	// Allowed is the newest tag that the policy allows, and Newest that of all
	// which it can order; empty when that is not known, or there is none.
	Allowed, Newest string
	// NotNewest is why Allowed is not Newest.
	NotNewest string
	// Behind counts the allowed tags that are newer than the desired one.
	Behind int
	// DesiredBuilt and AllowedBuilt are when the images were built; zero when
	// that is not known.
	DesiredBuilt, AllowedBuilt time.Time
	// Moved tells that the desired tag points to another digest than it did.
	Moved string

	State ImageState
	// Reason explains the state, or why no newer tag can be told: a policy that
	// does not parse, a registry that is down. Trouble is set for the latter.
	Reason  string
	Trouble bool
	// Hold is set while the image is held.
	Hold *Hold
	// Reverted is the commit by which evenkeel had given the image Allowed before
	// somebody took it back: automation does not commit it again. Empty when
	// nobody did.
	Reverted string
	// AsOf is when the registry last said which tags there are; zero when it
	// never did, or was not asked.
	AsOf time.Time
}

// Pending tells whether an approval would bring a newer tag.
func (i *Image) Pending() bool { return i.State == ImagePending }

// Hold keeps an image of an environment at what Git names, until it is released.
type Hold struct {
	// Image is the repository that is held; empty: all of the environment.
	Image  string
	By     string
	Reason string
	Since  time.Time // zero when nobody wrote it down
	// Annotation is set for a lock of Flux v1, which is released by changing the
	// object in Git: its name, and File where it stands, if that is known.
	Annotation, File string
}

// ImagePick is an image that a request is about: that of one container, or
// every container of the environment with an image of the repository.
type ImagePick struct {
	Object     ID
	Container  string
	Repository string
	// Tag is the one to take; empty is the newest allowed.
	Tag string
}

// ImageUpdate is what a plan does to one image.
type ImageUpdate struct {
	Object     ID
	Container  string
	Repository string
	From, To   string // tags, with their digests when they are pinned
	// Along is set for an image that was not asked for, but is written in the
	// same place as one that was.
	Along bool
	// Built is when the new image was built. Source, Revision and Version are
	// where its labels say it comes from. All may be unknown.
	Built                     time.Time
	Source, Revision, Version string
	Platforms                 []string
	Size                      int64 // bytes to pull; 0 when not known
	// Behind counts the allowed tags from From up to and with To.
	Behind int
	// Ran is how the image fares where it comes from; nil when it does not run
	// there, or the environment has no source.
	Ran *Ran
	// Reason is why a promotion leaves it out.
	Reason string
	// Differs tells what else of the workload differs from the source, a field
	// each: "spec.replicas: 1 there, 3 here".
	Differs []string
}

// Ran is how an image fares in another environment.
type Ran struct {
	Environment string
	Since       time.Time // the start of the oldest pod that runs it now
	Pods, Ready int
	Restarts    int
	Health      Health // of the workload
}

// PlannedCommit is the commit that a plan makes.
type PlannedCommit struct {
	Message string // all of it, with its trailers
	Author  string // "Name <email>"
	Files   []FileChange
}

// Registry is how an image registry does.
type Registry struct {
	Host string
	// Err is its last trouble, as long as there is any; DownSince and
	// LimitedSince are since when, and NextTry from when it is asked again.
	Err                              string
	DownSince, LimitedSince, NextTry time.Time
	LastAnswer                       time.Time
}

// Tag is a tag of an image's repository, and what the policy says of it.
type Tag struct {
	Name    string
	Allowed bool
	Reason  string // why it is not allowed
	// Desired and Live mark what Git names and what runs.
	Desired, Live bool
	// Known is set once the image behind the tag was looked up.
	Known                     bool
	Built                     time.Time // zero when the image does not say
	Digest                    string
	Source, Revision, Version string
	Platforms                 []string
	Size                      int64
}

// Candidates are the tags that an image could be given.
type Candidates struct {
	Image
	Tags []Tag // the newest first; those without a place in the order at the end
	// Left out of Tags: Signatures and the like, and names that are no tags.
	Signatures, Invalid int
}
