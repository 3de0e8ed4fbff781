package main

import (
	"fmt"
	"hash/fnv"
	"time"
)

// journal is what a container would have logged. No line is stored: each
// follows from its number, so a log is the same whenever and however often it
// is read, and goes on for as long as the container runs.
type journal struct {
	container string
	image     string
	seed      string // tells the logs of two pods apart
	started   time.Time
	ended     time.Time // zero for one that runs
	failed    bool
}

// openingGap is the time between the lines that a container starts with.
const openingGap = 40 * time.Millisecond

func (j journal) opening() []string {
	return []string{
		fmt.Sprintf("level=info msg=%q image=%s", "starting "+j.container, j.image),
		`level=info msg="configuration loaded" source=environment`,
	}
}

func (j journal) closing() []string {
	if !j.failed {
		return []string{`level=info msg="all done, good bye"`}
	}
	return []string{
		fmt.Sprintf("level=error msg=%q", "cannot start "+j.container+": configuration: PAYMENT_TIMEOUT: time: missing unit in duration \"30\""),
		`panic: configuration: PAYMENT_TIMEOUT: time: missing unit in duration "30"`,
		"",
		"goroutine 1 [running]:",
		"main.mustLoad(...)",
		"\t/src/cmd/" + j.container + "/config.go:48",
		"main.main()",
		"\t/src/cmd/" + j.container + "/main.go:31 +0x1d4",
		"exit status 2",
	}
}

// every is the time between two lines of a container at work: two to six
// seconds, another for each.
func (j journal) every() time.Duration {
	return 2*time.Second + time.Duration(j.draw(0)%4000)*time.Millisecond
}

// count is the number of lines written by t.
func (j journal) count(t time.Time) int {
	if !j.ended.IsZero() && !t.Before(j.ended) {
		return j.running(j.ended) + len(j.closing())
	}
	return j.running(t)
}

// running is the number of lines by t of a container that has not ended.
func (j journal) running(t time.Time) int {
	age := t.Sub(j.started)
	if age < 0 {
		return 0
	}
	return min(len(j.opening()), 1+int(age/openingGap)) + int(age/j.every())
}

// line gives a line by its number, from 0, and when it was written.
func (j journal) line(i int) (time.Time, string) {
	opening := j.opening()
	if i < len(opening) {
		return j.started.Add(time.Duration(i) * openingGap), opening[i]
	}
	if !j.ended.IsZero() {
		if last := j.running(j.ended); i >= last {
			return j.ended, j.closing()[i-last]
		}
	}
	n := i - len(opening) + 1
	return j.started.Add(time.Duration(n) * j.every()), j.work(n)
}

// work is what a container says while nothing is wrong with it.
func (j journal) work(n int) string {
	draw := j.draw(n)
	paths := []string{"/", "/healthz", "/api/items", "/api/items/42", "/api/cart", "/metrics"}
	path := paths[draw%uint64(len(paths))]
	status, method := 200, "GET"
	switch draw >> 8 % 20 {
	case 0:
		status = 404
	case 1, 2:
		status, method = 201, "POST"
	}
	return fmt.Sprintf("level=info msg=request method=%s path=%s status=%d duration=%dms", method, path, status, 1+draw>>16%90)
}

// draw is a number that looks random and is always the same.
func (j journal) draw(n int) uint64 {
	hash := fnv.New64a()
	fmt.Fprint(hash, j.seed, j.container, n)
	return hash.Sum64()
}
