package command

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/evenkeel/evenkeel/engine"
)

var errDeclined = errors.New("declined: nothing was done")

// confirm asks a person on a terminal whether to go ahead with a plan. Where
// there is none to ask, it says which flag stands for the answer.
func (a *app) confirm(ctx context.Context, plan *engine.Plan) error {
	if a.format == formatJSON || !isTerminal(a.In) || !isTerminal(a.Out) {
		return fmt.Errorf("there is no terminal to ask on: pass --yes to %s, or --plan to only look", plan.Action)
	}
	question, want := confirmation(plan)
	p := a.printer(a.Out)
	p.blank()
	p.part(span{question, bold})
	answer, err := readLine(ctx, a.In)
	if err != nil {
		p.blank() // the cursor stands behind the question
		return err
	}
	if !want(answer) {
		return errDeclined
	}
	return nil
}

// confirmation is the question that a plan asks, and what counts as consent.
// Deleting where that is guarded takes the environment's name.
func confirmation(plan *engine.Plan) (question string, want func(answer string) bool) {
	if name, why := guarded(plan); name != "" {
		return why + " will be deleted. Type its name to go ahead: ", func(answer string) bool { return answer == name }
	}
	what := "Sync " + plan.Environment
	if plan.Action != engine.ActionSync {
		what = actionTitle(plan)
	}
	return what + "? [y/N] ", func(answer string) bool {
		answer = strings.ToLower(answer)
		return answer == "y" || answer == "yes"
	}
}

// guarded is the environment whose name a plan asks for, and why, up to what it
// would delete there: one that is protected, or another than the plan is for,
// which nobody may have thought of. It is empty when there is none.
func guarded(plan *engine.Plan) (name, why string) {
	deleted := map[string]int{}
	other := ""
	for _, c := range plan.Changes {
		if c.Operation != engine.Delete {
			continue
		}
		deleted[c.Environment]++
		if c.Environment != plan.Environment {
			other = cmp.Or(other, c.Environment)
		}
	}
	switch {
	case plan.Protected && deleted[plan.Environment] > 0:
		return plan.Environment, fmt.Sprintf("%s is protected, and %s", plan.Environment, count(deleted[plan.Environment], "object"))
	case other != "":
		return other, fmt.Sprintf("%s changes too, and %s", other, count(deleted[other], "object"))
	}
	return "", ""
}

// readLine reads an answer. Reading cannot be interrupted, so when ctx ends
// first the goroutine that reads is left to end with the process.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		read <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-read:
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", fmt.Errorf("reading the answer: %w", r.err)
		}
		return strings.TrimSpace(r.line), nil
	}
}
