package command

import (
	"bufio"
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
// Deleting from a protected environment takes the environment's name.
func confirmation(plan *engine.Plan) (question string, want func(answer string) bool) {
	if n := plan.Count(engine.Delete); n > 0 && plan.Protected {
		return fmt.Sprintf("%s is protected, and %s will be deleted. Type its name to go ahead: ",
				plan.Environment, count(n, "object")),
			func(answer string) bool { return answer == plan.Environment }
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
