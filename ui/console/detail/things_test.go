package detail_test

import (
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// twoPods are the pods of a workload of which one does not come up.
func twoPods() ([]engine.Pod, error) {
	pod := func(name string) engine.ID {
		return engine.ID{Kind: "Pod", Namespace: "shop-production", Name: name}
	}
	return []engine.Pod{
		{
			ID: pod("api-6d-aaaaa"), Phase: "Running", Node: "node-1", Created: ago(2 * time.Hour),
			Containers: []engine.PodContainer{
				{Name: "migrate", Image: "registry.acme.dev/api:1.9.0", Init: true, Ready: true, State: "Completed"},
				{Name: "main", Image: "registry.acme.dev/api:1.9.0", Restarts: 7, State: "CrashLoopBackOff", Message: "back-off 40s restarting failed container=main pod=api-6d-aaaaa"},
			},
		},
		{
			ID: pod("api-6d-bbbbb"), Phase: "Running", Node: "node-2", Created: ago(3 * 24 * time.Hour), Ready: true,
			Containers: []engine.PodContainer{{Name: "main", Image: "registry.acme.dev/api:1.8.2", Ready: true, State: "Running"}},
		},
	}, nil
}

// someEvents are the newest last, as they are listed.
func someEvents() ([]engine.ClusterEvent, error) {
	return []engine.ClusterEvent{
		{Object: deployment("api"), Type: "Normal", Reason: "ScalingReplicaSet", Message: "Scaled up replica set api-6d from 3 to 9", Count: 1, First: ago(3 * time.Minute), Last: ago(3 * time.Minute), Source: "deployment-controller"},
		{Object: engine.ID{Kind: "Pod", Namespace: "shop-production", Name: "api-6d-aaaaa"}, Type: "Warning", Reason: "BackOff", Message: "Back-off restarting failed container main in pod api-6d-aaaaa_shop-production(5c1e0000-0000-0000-0000-000000000000)", Count: 12, First: ago(time.Hour), Last: ago(40 * time.Second), Source: "kubelet"},
	}, nil
}

// promotion is a commit, as it is listed and as it is looked at.
func promotion() (engine.HistoryCommit, *engine.Revision) {
	c := engine.Commit{Hash: "3f2a91c4d5e6f7a8", Author: "api-ci", Email: "ci@acme.dev", Time: ago(2 * time.Hour), Subject: "promote api 1.9.0 to production"}
	before, after := workload("api", 3, "info", "registry.acme.dev/api:1.8.2"), workload("api", 3, "info", "registry.acme.dev/api:1.9.0")
	r := &engine.Revision{
		Commit: c, Environment: "production", Parent: "a81c0de4d5e6f7a8",
		Message:  "promote api 1.9.0 to production\n\nTried for a day on staging.\n\nEvenkeel-Action: promote\nEvenkeel-Environment: production\n",
		Trailers: map[string][]string{"Evenkeel-Action": {"promote"}, "Evenkeel-Environment": {"production"}},
		Files: []engine.FileChange{
			{Path: "environments/production/api.yaml", Operation: engine.Update, Concerns: true, Before: before, After: after},
			{Path: "environments/production/search.yaml", Operation: engine.Create, Concerns: true, After: "kind: Service\nmetadata:\n  name: search\n"},
			{Path: "environments/production/secret.yaml", Operation: engine.Update, Concerns: true, Hidden: "it holds a Secret"},
			{Path: "README.md", Operation: engine.Delete, Before: "# shop\n"},
		},
		Changes: []engine.Change{
			{Environment: "production", ID: deployment("api"), Operation: engine.Update, Live: before, Desired: after},
			{Environment: "production", ID: engine.ID{Kind: "Service", Namespace: "shop-production", Name: "search"}, Operation: engine.Create, Desired: "kind: Service\nmetadata:\n  name: search\n"},
		},
	}
	listed := engine.HistoryCommit{Commit: c, Action: "promote", DeployedAt: ago(90 * time.Minute), Result: engine.ResultApplied, Environments: []string{"production"}}
	return listed, r
}
