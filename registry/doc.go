// Package registry reads image registries that speak the OCI distribution or the Docker v2 protocol: which tags a
// repository has, and what is known of the image behind a tag.
//
// [Open] a [Client], ask it for [Client.Tags] and [Client.Image], and show [Client.Hosts] to people. What a digest is
// never changes, so it is asked once and kept on disk; tag lists are asked again with their ETag where the registry
// gives one; and a tag that is asked again costs one HEAD. [Client.LastTags] and [Client.LastImage] tell what was
// learnt before and ask nothing.
//
// The client never waits on its own. A registry that limits or that is down refuses further questions at once, with
// an [Error] that says from when it is asked again; who asks decides whether to wait. At most a few requests are in
// flight to a host, one after trouble, and then gradually more again.
//
// The handshake, names and manifests are go-containerregistry's. Its package remote is not used: that retries with
// pauses of its own, sends no conditional requests, and reads far larger answers than any that is wanted here.
//
// Connections are encrypted and verified, on the loopback interface too, unless the registry's host is named in
// [Options.Insecure]. Credentials go to the registry and to the token service it names, never where either redirects
// to, and no error carries one.
package registry
