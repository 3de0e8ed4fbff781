package config

import "time"

// minInterval keeps a slip of the keyboard from hammering a server.
const minInterval = time.Second

// maxApprovals is more people than any team has to ask.
const maxApprovals = 20

// configKeys describes evenkeel.yaml.
func configKeys() []key[Config] {
	return []key[Config]{
		{
			name: "repository", doc: "The Git repository that holds the desired state.",
			value: object(func(c *Config) *Repository { return &c.Repository }, repositoryKeys()),
		},
		{
			name: "registries", doc: "How the registries of the images are asked.",
			value: object(func(c *Config) *Registries { return &c.Registries }, registryKeys()),
		},
		{
			name: "environments", doc: "The environments kept from the repository.", required: true,
			value: list(func(c *Config) *[]Environment { return &c.Environments }, newEnvironment, environmentKeys()),
		},
	}
}

func repositoryKeys() []key[Repository] {
	return []key[Repository]{
		{
			name: "url", doc: "Where the repository is. May be left out of a file that lies in the repository itself.",
			value: text(func(r *Repository) *string { return &r.URL }, notEmpty),
		},
		{
			name: "branch", doc: "The branch to follow; left out, the remote's default branch.",
			value: text(func(r *Repository) *string { return &r.Branch }, notEmpty),
		},
		{
			name: "interval", doc: "The time between two looks at the remote, such as 30s or 5m.",
			value: duration(func(r *Repository) *time.Duration { return &r.Interval }, minInterval).or(DefaultInterval.String()),
		},
		{
			name: "forge", doc: "What opens pull requests: github, gitlab, or gitea, which is Forgejo too. Left out, the host tells, if it is github.com, gitlab.com, gitea.com or codeberg.org.",
			value: oneOf(func(r *Repository) *ForgeKind { return &r.Forge }, ForgeGitHub, ForgeGitLab, ForgeGitea),
		},
		{
			name: "forgeURL", doc: "Where the pages of the forge are, if not at the host of the repository's URL.",
			value: text(func(r *Repository) *string { return &r.ForgeURL }, webAddress),
		},
	}
}

func registryKeys() []key[Registries] {
	return []key[Registries]{
		{
			name: "interval", doc: "The longest time between two looks at the tags of an image. What changed lately is looked at more often.",
			value: duration(func(r *Registries) *time.Duration { return &r.Interval }, minInterval).or(DefaultRegistryInterval.String()),
		},
		{
			name: "insecure", doc: "Registries that are asked over plain HTTP, or without a certificate that can be verified: hosts, with their port if they have one.",
			value: texts(func(r *Registries) *[]string { return &r.Insecure }, host),
		},
	}
}

func environmentKeys() []key[Environment] {
	fresh := newEnvironment()
	return []key[Environment]{
		{
			name: "name", doc: "What the environment is called. Becomes part of the names of objects in its cluster.", required: true,
			value: text(func(e *Environment) *string { return &e.Name }, dnsLabel),
		},
		{
			name: "context", doc: "The kubeconfig context of the cluster; left out, the current one, or the cluster evenkeel runs in.",
			value: text(func(e *Environment) *string { return &e.Context }, notEmpty),
		},
		{
			name: "path", doc: "The directory of the environment, relative to the root of the repository.", required: true,
			value: text(func(e *Environment) *string { return &e.Path }, repositoryPath),
		},
		{
			name: "namespace", doc: "The namespace of objects that name none.",
			value: text(func(e *Environment) *string { return &e.Namespace }, dnsLabel),
		},
		{
			name: "sync", doc: "Whether evenkeel syncs of its own accord or waits for a person.",
			value: oneOf(func(e *Environment) *SyncMode { return &e.Sync }, SyncAuto, SyncManual).or(fresh.Sync),
		},
		{
			name: "images", doc: "What happens when an image policy allows a newer image: commit it, ask, or nothing.",
			value: oneOf(func(e *Environment) *ImageMode { return &e.Images }, ImagesAuto, ImagesApprove, ImagesOff).or(fresh.Images),
		},
		{
			name: "pinDigests", doc: "A new tag is written with its digest behind it, so that it means the same image for ever.",
			value: boolean(func(e *Environment) *bool { return &e.PinDigests }).or(fresh.PinDigests),
		},
		{
			name: "protected", doc: "Destructive plans ask for the environment's name.",
			value: boolean(func(e *Environment) *bool { return &e.Protected }).or(fresh.Protected),
		},
		{
			name: "promotesFrom", doc: "The environment whose images are promoted to this one.",
			value: text(func(e *Environment) *string { return &e.PromotesFrom }, dnsLabel),
		},
		{
			name: "promote", doc: "Whether what the gates let pass is promoted without being asked.",
			value: oneOf(func(e *Environment) *ActMode { return &e.Promote }, ActAuto, ActManual).or(fresh.Promote),
		},
		{
			name: "rollback", doc: "Whether an environment that a sync has made Degraded goes back to its last healthy revision without being asked.",
			value: oneOf(func(e *Environment) *ActMode { return &e.Rollback }, ActAuto, ActManual).or(fresh.Rollback),
		},
		{
			name: "changes", doc: "How a commit reaches the branch: it is pushed, or a pull request asks for it.",
			value: oneOf(func(e *Environment) *ChangeMode { return &e.Changes }, ChangePush, ChangePullRequest).or(fresh.Changes),
		},
		{
			name: "verify", doc: "A file with a Job, relative to the root of the repository, that is run in the environment after each sync.",
			value: text(func(e *Environment) *string { return &e.Verify }, repositoryPath),
		},
		{
			name: "gates", doc: "Conditions that a plan for this environment must meet.",
			value: object(func(e *Environment) *Gates { return &e.Gates }, gateKeys()),
		},
		{
			name: "pruneLimit", doc: "The share of the environment's objects that a sync may prune without a person. One object is always within it, unless it is 0.",
			value: share(func(e *Environment) *float64 { return &e.PruneLimit }).or(fresh.PruneLimit),
		},
	}
}

func gateKeys() []key[Gates] {
	return []key[Gates]{
		{
			name: "healthy", doc: "The source environment is Healthy at the revision that is promoted.",
			value: boolean(func(g *Gates) *bool { return &g.Healthy }).or(false),
		},
		{
			name: "soak", doc: "How long the source environment must have been Healthy at that revision.",
			value: duration(func(g *Gates) *time.Duration { return &g.Soak }, 0).or("0s"),
		},
		{
			name: "windows", doc: `When the environment may change: days, times and a time zone, such as "Mon-Fri 08:00-16:00 Europe/Berlin".`,
			value: texts(func(g *Gates) *[]string { return &g.Windows }, window),
		},
		{
			name: "freezes", doc: `When it may not, whatever the windows say: "2026-12-20 18:00 to 2027-01-04 06:00 Europe/Berlin", or whole days.`,
			value: texts(func(g *Gates) *[]string { return &g.Freezes }, freeze),
		},
		{
			name: "approvals", doc: "How many distinct people have to agree to a change of images, whoever makes it included.",
			value: count(func(g *Gates) *int { return &g.Approvals }, maxApprovals).or(0),
		},
	}
}
