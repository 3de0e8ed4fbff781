package registry

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// What is kept of labels and annotations: those that say where an image comes from, and as much as one reads.
const (
	mostLabel    = 1024
	createdLabel = "org.opencontainers.image.created"
)

// accepted are the manifests that are understood.
var accepted = strings.Join([]string{
	string(types.OCIImageIndex), string(types.DockerManifestList),
	string(types.OCIManifestSchema1), string(types.DockerManifestSchema2),
}, ", ")

// facts are what is known of a digest. They are kept for ever, so they say nothing that could change.
type facts struct {
	MediaType string `json:"mediaType,omitempty"`
	// Index tells an index, and Children are its images.
	Index    bool    `json:"index,omitempty"`
	Children []child `json:"children,omitempty"`
	// The others are an image's, but for the labels, which an index can have as well.
	Platform Platform          `json:"platform,omitzero"`
	Created  time.Time         `json:"created,omitzero"`
	Labels   map[string]string `json:"labels,omitempty"`
	Size     int64             `json:"size,omitempty"`
	// Note is what cannot be known of the image, and why.
	Note string `json:"note,omitempty"`
}

// child is an image in an index.
type child struct {
	Digest   string   `json:"digest"`
	Platform Platform `json:"platform,omitzero"`
}

// readManifest reads an index or the manifest of an image. The config of an image is still to be read, from where it
// says; there is none when that is nil.
func readManifest(body []byte) (facts, *v1.Descriptor, error) {
	notOne := &Error{Kind: ErrInvalid, Detail: "what it has there is not a manifest of an image"}
	var shape struct {
		SchemaVersion int              `json:"schemaVersion"`
		MediaType     string           `json:"mediaType"`
		Manifests     *json.RawMessage `json:"manifests"`
		Layers        *json.RawMessage `json:"layers"`
		Config        *json.RawMessage `json:"config"`
	}
	if json.Unmarshal(body, &shape) != nil || shape.SchemaVersion != 2 ||
		shape.Manifests == nil && shape.Layers == nil && shape.Config == nil {
		return facts{}, nil, notOne
	}
	if shape.Manifests != nil {
		index, err := v1.ParseIndexManifest(bytes.NewReader(body))
		if err != nil {
			return facts{}, nil, notOne
		}
		return readIndex(index), nil, nil
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(body))
	if err != nil {
		return facts{}, nil, notOne
	}
	f := facts{MediaType: string(manifest.MediaType), Size: manifest.Config.Size, Labels: labels(manifest.Annotations)}
	for _, layer := range manifest.Layers {
		f.Size += layer.Size
	}
	switch manifest.Config.MediaType {
	case types.OCIConfigJSON, types.DockerConfigJSON:
		return f, &manifest.Config, nil
	case "":
		f.Note = "has no config: its date and platform are not known"
	default:
		f.Note = "is not a container image but " + oneLine(string(manifest.Config.MediaType))
	}
	f.date(time.Time{})
	return f, nil, nil
}

func readIndex(index *v1.IndexManifest) facts {
	f := facts{MediaType: string(index.MediaType), Index: true, Labels: labels(index.Annotations)}
	for _, m := range index.Manifests {
		if !m.MediaType.IsImage() {
			continue
		}
		c := child{Digest: m.Digest.String()}
		if m.Platform != nil {
			c.Platform = Platform{m.Platform.OS, m.Platform.Architecture, m.Platform.Variant}
		}
		if c.Platform.OS == "unknown" {
			continue // an attestation of how another was built
		}
		f.Children = append(f.Children, c)
	}
	return f
}

// readConfig adds what an image's config says.
func (f *facts) readConfig(body []byte) {
	config, err := v1.ParseConfigFile(bytes.NewReader(body))
	if err != nil {
		f.Note = "has a config that cannot be read: its date and platform are not known"
		f.date(time.Time{})
		return
	}
	f.Platform = Platform{config.OS, config.Architecture, config.Variant}
	if own := labels(config.Config.Labels); len(own) > 0 {
		if f.Labels == nil {
			f.Labels = map[string]string{}
		}
		maps.Copy(f.Labels, own)
	}
	f.date(config.Created.Time)
}

// date finds when the image was built. Tools that make the same image from the same source write a date of long ago,
// which is none.
func (f *facts) date(created time.Time) {
	if !isDate(created) {
		created, _ = time.Parse(time.RFC3339, f.Labels[createdLabel])
	}
	if isDate(created) {
		f.Created = created.UTC()
	} else if f.Note == "" {
		f.Note = "does not say when it was built"
	}
}

func isDate(t time.Time) bool { return t.Year() > 1980 }

// labels keeps the labels that say where an image comes from, in the words of OCI or of what was before it.
func labels(all map[string]string) map[string]string {
	kept := map[string]string{}
	for key, value := range all {
		if len(key) > mostLabel || !strings.HasPrefix(key, "org.opencontainers.image.") && !strings.HasPrefix(key, "org.label-schema.") {
			continue
		}
		if len(value) > mostLabel {
			value = strings.ToValidUTF8(value[:mostLabel], "") + "…"
		}
		kept[key] = value
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// choose finds the image for a platform in an index.
func (f facts) choose(want Platform) (child, bool) {
	wanted := []Platform{want}
	if want == (Platform{}) {
		wanted = []Platform{{OS: "linux", Architecture: "amd64"}}
	}
	for _, w := range wanted {
		for _, c := range f.Children {
			if c.Platform == w {
				return c, true
			}
		}
		for _, c := range f.Children {
			if c.Platform.runs(w) {
				return c, true
			}
		}
	}
	if want == (Platform{}) && len(f.Children) > 0 {
		return f.Children[0], true
	}
	return child{}, false
}

// platforms are those of an index's images, each once, or that of an image.
func (f facts) platforms() []Platform {
	if !f.Index {
		if f.Platform == (Platform{}) {
			return nil
		}
		return []Platform{f.Platform}
	}
	var all []Platform
	seen := map[Platform]bool{}
	for _, c := range f.Children {
		if !seen[c.Platform] {
			seen[c.Platform] = true
			all = append(all, c.Platform)
		}
	}
	return all
}
