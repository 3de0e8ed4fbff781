package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel/engine/config"
	"github.com/evenkeel/evenkeel/gitrepo"
)

// Source says where evenkeel.yaml comes from, as the command line does.
type Source struct {
	ConfigFile string // a file on disk
	Repo       string // URL of the config repository; its root has evenkeel.yaml
	Branch     string
	// Path, with Repo, makes one manual environment of a repository that has
	// no evenkeel.yaml. Namespace and Context belong to it.
	Path      string
	Namespace string
	Context   string
	CacheDir  string
}

// LoadConfig reads evenkeel.yaml from where the source says: a file, the root
// of a repository, or the current directory or one above it.
func LoadConfig(ctx context.Context, s Source) (*config.Config, error) {
	switch {
	case s.Path != "" && s.Repo == "":
		return nil, fmt.Errorf("--path needs --repo: which repository is it in?")
	case s.Path != "":
		return s.single()
	case s.Context != "" || s.Namespace != "":
		return nil, fmt.Errorf("--context and --namespace go with --path: evenkeel.yaml names them for each environment, and settings.yaml the contexts of this machine")
	case s.ConfigFile != "":
		return s.fromFile(s.ConfigFile)
	case s.Repo != "":
		return s.fromRepository(ctx)
	}
	file, err := nearest(config.FileName)
	if err != nil {
		return nil, err
	}
	return s.fromFile(file)
}

// single makes the configuration of one environment out of flags.
func (s Source) single() (*config.Config, error) {
	clean := path.Clean(filepath.ToSlash(s.Path))
	if !fs.ValidPath(clean) {
		return nil, fmt.Errorf("--path %s: give a path inside the repository, relative to its root", s.Path)
	}
	name := path.Base(clean)
	if clean == "." {
		name = path.Base(filepath.ToSlash(s.Repo))
	}
	return &config.Config{
		Repository: config.Repository{URL: s.Repo, Branch: s.Branch, Interval: config.DefaultInterval},
		Registries: config.Registries{Interval: config.DefaultRegistryInterval},
		Environments: []config.Environment{{
			Name: label(name), Path: clean, Namespace: s.Namespace, Context: s.Context,
			Sync: config.SyncManual, Images: config.ImagesOff, PruneLimit: config.DefaultPruneLimit,
		}},
	}, nil
}

// label makes a name of what people call a directory: lower-case letters,
// digits and dashes, since it becomes part of the names of objects.
func label(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".git")
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
	if name = strings.Trim(name, "-"); name == "" {
		return "environment"
	}
	return name[:min(len(name), 63)]
}

func (s Source) fromFile(name string) (*config.Config, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := config.Parse(name, data)
	if err != nil {
		return nil, err
	}
	c.Repository.URL = beside(name, c.Repository.URL)
	s.override(&c.Repository)
	return c, nil
}

// override lets the flags win over the file.
func (s Source) override(r *config.Repository) {
	if s.Repo != "" {
		r.URL = s.Repo
	}
	if s.Branch != "" {
		r.Branch = s.Branch
	}
}

// fromRepository reads evenkeel.yaml at the head of the repository.
func (s Source) fromRepository(ctx context.Context) (*config.Config, error) {
	m, err := gitrepo.Open(ctx, gitrepo.Options{URL: s.Repo, Branch: s.Branch, CacheDir: s.CacheDir})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	head, err := m.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := m.Tree(head)
	if err != nil {
		return nil, err
	}
	data, err := fs.ReadFile(tree, config.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s at %s: add one, or name a directory in it with --path", gitrepo.Display(s.Repo), config.FileName, head.Short())
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", config.FileName, gitrepo.Display(s.Repo), err)
	}
	c, err := config.Parse(config.FileName, data)
	if err != nil {
		return nil, err
	}
	s.override(&c.Repository)
	return c, nil
}

// beside takes a relative path of a local repository from the directory of the
// file that names it, and not from where the command happens to be run.
func beside(file, url string) string {
	if strings.HasPrefix(url, "./") || strings.HasPrefix(url, "../") {
		return filepath.Join(filepath.Dir(file), filepath.FromSlash(url))
	}
	return url
}

// nearest finds a file in the current directory or one above it.
func nearest(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", name, err)
	}
	for at := dir; ; {
		file := filepath.Join(at, name)
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		up := filepath.Dir(at)
		if up == at {
			return "", fmt.Errorf("there is no %s in %s or above: name one with --config, or a repository with --repo", name, dir)
		}
		at = up
	}
}
