// Package drift compares what Git says with what the cluster has, object by
// object. It only computes: no request, no clock, no state.
//
// The question is always the same one: would a forced server-side apply by
// [kube.FieldManager] change the object? [Compare] answers it from the two
// objects alone where that can be done with certainty, and says [Unsure] where
// it cannot; then the server's own dry-run is asked, and [Judge] reads its
// answer.
//
// No schema is needed for that. The field sets in metadata.managedFields, those
// of all managers together, already tell how each list and map is merged: by
// key, as a set, field by field, or as one value. What they cannot tell is how
// the server spells a value or fills in a default; builtin.go holds what is
// known about that for the kinds that Kubernetes serves itself.
//
// [Fields] and [Diff] show a difference to people. They do not show the values
// of a Secret.
package drift
