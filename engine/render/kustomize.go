package render

import "context"

func kustomize(ctx context.Context, t *tree, dir string) ([]document, Problems) {
	return nil, Problems{{File: dir, Message: "kustomizations cannot be rendered yet"}}
}
