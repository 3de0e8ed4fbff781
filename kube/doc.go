// Package kube is everything evenkeel knows of a cluster: connections,
// discovery, the live view of an environment, server-side apply, the ApplySet
// that records what was applied, health, events and logs. It is the only room
// that talks to an API server.
//
// A Cluster is one connection. A Set is the record of one environment in that
// cluster. A View holds the live objects of a Set, kept up to date by watches,
// with as little of each object as drift and health need.
package kube

// FieldManager is the name under which evenkeel owns fields.
const FieldManager = "evenkeel"
