// Package edit changes an image where it is written, and nothing else in the
// file. It only computes: files come in, changed files come out.
//
// [Images] finds the place that decides which image a container runs, and
// changes that:
//
//   - the image in a manifest, in a list, in a custom resource;
//   - newTag and digest in the images of a kustomization;
//   - the image in a strategic merge patch that is a file;
//   - repository, tag and digest in Helm values, and any other text with an
//     image, when its place is given.
//
// Where that place is shared with another environment, an entry is added to the
// images of the environment's own kustomization, and the shared file is left
// alone. [Markers] lists, and [Marked] changes, the places that carry a comment
// of Flux v2's image automation.
//
// Positions come from a YAML parser, but the file is never written by one: the
// bytes of the value are replaced, or a line is put in, and all others stay,
// comments, quotes, indentation and line ends included. The result is
// parsed again and must differ in what was meant and in nothing else.
//
// What cannot be done with certainty is refused with [ErrRefused], and the error
// says where and why. Whether the right containers change, and no others, is
// for the caller to see, by rendering again: one entry in the images of a
// kustomization may serve several containers.
package edit
