package demo

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel/gitrepo"
)

// habit is a number in the shop that a colleague changes now and then.
type habit struct {
	author  string
	subject string // %d is the number
	file    string
	number  *regexp.Regexp // what stands around it are its groups
	least   int
	most    int
}

func habits() []habit {
	freeShipping := regexp.MustCompile(`(free_shipping_from=)\d+()`)
	return []habit{
		{"priya", "production: free shipping from %d", "environments/production/flags.env", freeShipping, 30, 80},
		{"priya", "staging: free shipping from %d", "environments/staging/flags.env", freeShipping, 30, 80},
		{"aiko", "search: at most %d results", "base/search/config.yaml", regexp.MustCompile(`(MAX_RESULTS: ")\d+(")`), 50, 400},
		{"tomas", "staging: %d pods for web", "environments/staging/kustomization.yaml", regexp.MustCompile(`(- name: web\n    count: )\d+()`), 1, 3},
		{"jonas", "ingress: at most %d requests a second", "base/network/ingress.yaml", regexp.MustCompile(`(limit-rps: ")\d+(")`), 40, 90},
	}
}

// commit changes a number in the repository.
func (s *stirrer) commit(ctx context.Context) (string, error) {
	habit := pick(s, habits()...)
	author, err := signature(s.authors[habit.author], time.Now())
	if err != nil {
		return "a colleague committed", err
	}
	what := author.Name + " committed to " + habit.file
	head, err := s.mirror.Fetch(ctx)
	if err != nil {
		return what, err
	}
	files, err := s.mirror.Tree(head)
	if err != nil {
		return what, err
	}
	before, err := files.ReadFile(habit.file)
	if err != nil {
		return what, err
	}
	number := habit.least + s.random.IntN(habit.most-habit.least+1)
	after := habit.set(before, number)
	if string(after) == string(before) {
		number = habit.least + (number-habit.least+1)%(habit.most-habit.least+1)
		after = habit.set(before, number)
	}
	subject := fmt.Sprintf(habit.subject, number)
	commit, err := s.mirror.CommitAndPush(ctx, gitrepo.CommitSpec{
		Base:      head,
		Changes:   []gitrepo.Change{{Path: habit.file, Content: after}},
		Message:   subject,
		Author:    author,
		Committer: author,
	})
	return fmt.Sprintf("%s committed %s %q", author.Name, commit.Short(), subject), err
}

func (h habit) set(text []byte, number int) []byte {
	return h.number.ReplaceAll(text, []byte("${1}"+strconv.Itoa(number)+"${2}"))
}
