package demo

import "sync"

// Step is how far one part of a world is. The parts are made side by side.
type Step struct {
	Name   string // "cluster", "registry" or "repository"
	Detail string // what is being done, and "ready" at the end
	Done   int
	Total  int
}

const (
	stepCluster    = "cluster"
	stepRegistry   = "registry"
	stepRepository = "repository"
)

// teller makes one caller of many.
func teller(progress func(Step)) func(Step) {
	if progress == nil {
		return func(Step) {}
	}
	var mu sync.Mutex
	return func(s Step) {
		mu.Lock()
		defer mu.Unlock()
		progress(s)
	}
}
