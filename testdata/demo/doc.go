// Package demo makes a world to try evenkeel in: a cluster, the config
// repository of a small shop with its history, and the registry of the shop's
// images.
//
// The shop is data that can be read and changed: shop/ is what its repository
// holds now, history.yaml how it came to that, images.yaml what its registry
// holds.
package demo
