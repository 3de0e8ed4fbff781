package engine

import (
	"path"

	"github.com/evenkeel/evenkeel/engine/render"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// kustomizationIn is the kustomization file of a directory, or "".
func kustomizationIn(tree *gitrepo.Tree, dir string) string {
	entries, err := tree.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, entry := range entries {
		if render.IsKustomization(entry.Name()) && !entry.IsDir() {
			return path.Join(dir, entry.Name())
		}
	}
	return ""
}
