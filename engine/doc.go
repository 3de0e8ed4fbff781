// Package engine is the domain of evenkeel: it keeps clusters equal to what a
// config repository says.
//
// One goroutine owns all state. Fetches, renderings, watches, timers and
// requests of an operator run elsewhere and reach it as messages; whatever is
// slow brings its question back with the answer, and a late answer to an old
// question is dropped, errors included.
//
// What a reader gets is a [Snapshot]: immutable, numbered, whole; the latest
// wins and nothing is sent when nothing changed. What an operator does is a
// [Plan], computed before anything is done, and executed exactly as shown or
// refused. How it ended is an [Outcome], which is never dropped.
//
// The words used here, on the screen and in JSON:
//
//   - config repository: the Git repository that holds the desired state
//   - environment: a name, a cluster, a path in the config repository, a policy
//   - revision: a commit of the config repository; the applied revision is the
//     one that an environment's cluster last took whole
//   - object: one Kubernetes object, known by group, kind, namespace and name
//   - image policy: the rule that says which tags of an image may be chosen
//   - pending update: a container whose policy allows a newer image than Git names
//   - hold: what keeps an image, or an environment, at what Git names until it
//     is released; it is kept in Git
//   - desired and live: what Git says, and what the cluster has
//   - drift, health, sync state: see [Drift], [Health] and [SyncState]
package engine
