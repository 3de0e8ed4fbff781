package engine

import "time"

// VerificationState says how the verification of a revision went.
type VerificationState string

// The states of a verification.
const (
	VerificationPending   VerificationState = "Pending" // it has not begun
	VerificationRunning   VerificationState = "Running"
	VerificationSucceeded VerificationState = "Succeeded"
	VerificationFailed    VerificationState = "Failed"
	VerificationUnknown   VerificationState = "Unknown" // the Job cannot be read, or not be made
)

// Verification is how the Job went that an environment names with verify, for
// the revision that its cluster took last.
type Verification struct {
	Revision       string
	Job            ID // whose pods have the log
	State          VerificationState
	Message        string // why it failed, or could not be run
	Started, Ended time.Time
}
