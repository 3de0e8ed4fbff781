package gitrepo_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// imported feeds a repository that is written as a stream for git fast-import.
type imported struct {
	bytes.Buffer
	marks int
	at    map[int]map[string]string // the files at each mark
}

// commit adds a commit and returns its mark. The files are the whole tree.
func (s *imported) commit(branch string, when int, parents []int, files map[string]string) int {
	s.marks++
	fmt.Fprintf(s, "commit refs/heads/%s\nmark :%d\ncommitter Ada <ada@example.com> %d +0000\n", branch, s.marks, when)
	message := fmt.Sprintf("commit %d", s.marks)
	fmt.Fprintf(s, "data %d\n%s\n", len(message), message)
	for i, parent := range parents {
		fmt.Fprintf(s, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], parent)
	}
	before := map[string]string{}
	if len(parents) > 0 {
		before = s.at[parents[0]]
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, ok := files[name]; !ok {
			fmt.Fprintf(s, "D %s\n", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if before[name] != files[name] {
			mode := "100644"
			if strings.HasSuffix(files[name], "!") {
				mode = "100755"
			}
			content := strings.TrimSuffix(files[name], "!")
			fmt.Fprintf(s, "M %s inline %s\ndata %d\n%s\n", mode, name, len(content), content)
		}
	}
	if s.at == nil {
		s.at = map[int]map[string]string{}
	}
	s.at[s.marks] = files
	return s.marks
}

// load makes a bare repository of it.
func (s *imported) load(t testing.TB) string {
	t.Helper()
	dir := bare(t)
	command := exec.Command("git", "fast-import", "--quiet", "--force")
	command.Dir = dir
	command.Stdin = &s.Buffer
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, output)
	}
	return dir
}

// tangle makes a history with branches, merges, renames, removals, reverted changes, equal dates and clocks that go wrong.
func tangle(random *rand.Rand, commits int) *imported {
	names := []string{"a", "b", "dir/a", "dir/b", "dir/sub/a", "dir/sub/b", "dir.yaml", "dir-x/a", "other/a", "z"}
	s := &imported{}
	when := 1_700_000_000
	tips := []int{}
	for range commits {
		var parents []int
		files := map[string]string{}
		if len(tips) > 0 {
			parents = []int{tips[random.IntN(len(tips))]}
			files = maps.Clone(s.at[parents[0]])
		}
		if len(tips) > 1 && random.IntN(4) == 0 {
			for range 1 + random.IntN(2) {
				if other := tips[random.IntN(len(tips))]; !slices.Contains(parents, other) {
					parents = append(parents, other)
				}
			}
			for _, other := range parents[1:] {
				for name, content := range s.at[other] {
					if random.IntN(2) == 0 {
						files[name] = content
					}
				}
			}
		}
		for range random.IntN(3) {
			name := names[random.IntN(len(names))]
			switch random.IntN(6) {
			case 0:
				delete(files, name)
			case 1:
				if content, ok := files[name]; ok {
					delete(files, name)
					files[names[random.IntN(len(names))]] = content
				}
			case 2:
				if content, ok := files[name]; ok {
					files[name] = strings.TrimSuffix(content, "!") + "!"
				}
			default:
				files[name] = fmt.Sprint(random.IntN(4))
			}
		}
		switch random.IntN(5) {
		case 0:
		case 1:
			when -= random.IntN(50)
		default:
			when += random.IntN(100)
		}
		mark := s.commit("main", when, parents, files)
		if len(tips) > 4 {
			tips[random.IntN(len(tips))] = mark
		} else {
			tips = append(tips, mark)
		}
	}
	// One merge brings what is left together.
	slices.Sort(tips)
	tips = slices.Compact(tips)
	slices.Reverse(tips)
	s.commit("main", when+1, tips, s.at[tips[0]])
	return s
}

func TestHistoryIsWhatGitLogSays(t *testing.T) {
	needGit(t)
	for seed := range uint64(15) {
		random := rand.New(rand.NewPCG(seed, 1))
		remote := tangle(random, 60).load(t)
		m := open(t, gitrepo.Options{URL: remote})
		head := fetch(t, m)
		for _, paths := range [][]string{
			nil, {"."}, {"a"}, {"dir"}, {"dir/a"}, {"dir/sub", "z"}, {"dir/sub/b", "dir.yaml"}, {"a/b"}, {"dir/a/x"},
			{"missing"}, {"other", "dir", "dir-x", "b"}, {"dir/", "./z"},
		} {
			want := strings.Fields(git(t, remote, append([]string{"--literal-pathspecs", "log", "--format=%H", string(head), "--"}, paths...)...))
			var got []string
			o := gitrepo.HistoryOptions{From: head, Paths: paths, Limit: random.IntN(20)}
			for {
				page, err := m.History(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				for _, commit := range page.Commits {
					got = append(got, string(commit.Hash))
				}
				if o.Limit > 0 && len(page.Commits) > o.Limit {
					t.Fatalf("a page has %d commits, more than %d", len(page.Commits), o.Limit)
				}
				if page.Next == "" {
					break
				}
				o.After = page.Next
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, paths %q, in %s:\ngot  %v\nwant %v", seed, paths, remote, got, want)
			}
		}
	}
}

// longHistory is a repository of a thousand files in which every commit changes one.
func longHistory(t testing.TB, commits int) string {
	t.Helper()
	needGit(t)
	random := rand.New(rand.NewPCG(1, 2))
	s := &imported{at: map[int]map[string]string{}}
	files := map[string]string{}
	for i := range 1000 {
		files[fmt.Sprintf("apps/team-%02d/service-%02d/deployment.yaml", i%20, i/20)] = manifest(i, 0)
	}
	mark := s.commit("main", 1_600_000_000, nil, maps.Clone(files))
	for i := range commits - 1 {
		n := random.IntN(1000)
		name := fmt.Sprintf("apps/team-%02d/service-%02d/deployment.yaml", n%20, n/20)
		files[name] = manifest(n, i+1)
		s.marks++
		fmt.Fprintf(s, "commit refs/heads/main\nmark :%d\ncommitter Ada <ada@example.com> %d +0000\ndata 6\nChange\nfrom :%d\n",
			s.marks, 1_600_000_000+i*60, mark)
		fmt.Fprintf(s, "M 100644 inline %s\ndata %d\n%s\n", name, len(files[name]), files[name])
		mark = s.marks
	}
	dir := s.load(t)
	git(t, dir, "gc", "--quiet")
	return dir
}

func manifest(n, version int) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-%d
  labels: {app: service-%d}
spec:
  replicas: %d
  selector: {matchLabels: {app: service-%d}}
  template:
    metadata: {labels: {app: service-%d}}
    spec:
      containers:
        - name: main
          image: registry.example.com/service-%d:v1.%d
          resources: {requests: {cpu: 10m, memory: 32Mi}}
`, n, n, n%5+1, n, n, n, version)
}

// TestHistoryGoesOnBehindAnyCommit leaves pages before their end.
func TestHistoryGoesOnBehindAnyCommit(t *testing.T) {
	needGit(t)
	m := open(t, gitrepo.Options{URL: tangle(rand.New(rand.NewPCG(7, 1)), 40).load(t)})
	head := fetch(t, m)
	all, err := m.History(t.Context(), gitrepo.HistoryOptions{From: head})
	if err != nil || len(all.Commits) < 5 {
		t.Fatal(len(all.Commits), err)
	}
	for n := range all.Commits {
		rest, err := m.History(t.Context(), gitrepo.HistoryOptions{After: all.After(n)})
		if n == len(all.Commits)-1 {
			if all.After(n) != "" {
				t.Errorf("the history goes on behind its end: %q", all.After(n))
			}
			continue
		}
		if err != nil || len(rest.Commits) != len(all.Commits)-n-1 || rest.Commits[0].Hash != all.Commits[n+1].Hash {
			t.Errorf("behind commit %d there are %d, %v", n, len(rest.Commits), err)
		}
	}
}
