// Package imagepolicy decides which tag of an image is the newest that may be
// chosen. It only computes: tags come in, a decision comes out.
//
// A [Policy] says which tags are allowed and what they are ordered by. It is
// written in an annotation (see [Of]), or in the ImagePolicy objects of Flux v2
// (see [FromFlux]):
//
//	semver:~1.4                      versions in a range, the highest first
//	glob:release-*                   tags of a shape, the last built first
//	regexp:^v(.*)$                   tags of a shape, ordered by the capture
//	regexp:^stg-                     tags of a shape, the last built first
//	newest                           every tag, the last built first
//	numeric:^main-[a-f0-9]+-(\d+)$   ordered by the number captured
//	alphabetical:^(\d{8}-.*)$        ordered by the text captured, or the tag
//
// Where the meaning comes from:
//
//   - Ranges are those of github.com/Masterminds/semver/v3, as in Flux v1 and
//     v2. A group of a range (the groups stand between ||) takes pre-releases
//     only when it names one: ~1.4 does not, ~1.4-0 does. A tag is read as that
//     library reads a version, a leading v and missing parts allowed (17.5 is
//     17.5.0), but a lone number of more than six digits is taken for a date
//     or a commit.
//   - In a glob, * stands for any text and is the only wildcard, as in Flux v1.
//   - A regular expression matches anywhere unless it is anchored. One with a
//     capture orders by it: captures that are versions as versions, above those
//     that are not, which are compared with their runs of digits as numbers.
//   - Annotations of Flux v1 mean what they meant there: a pattern without a
//     prefix is a glob, and globs and regular expressions, with captures or
//     without, order by build time. What is not taken over is that Flux v1 let
//     a pattern that does not parse match every tag.
//   - The tag latest is not chosen by any policy but glob:latest, as in Flux
//     v1. ImagePolicy objects of Flux v2 make no such exception, and read only
//     whole versions (1.2.3, with or without a v). A tag that has no number
//     where one is wanted is passed over; Flux v2 gives up on all of them.
//
// A policy that does not parse allows nothing and says why.
package imagepolicy
