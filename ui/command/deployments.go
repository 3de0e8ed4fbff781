package command

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel/engine"
)

// runDeployments lists what an environment can go back to.
func (a *app) runDeployments(ctx context.Context, environment string) (int, error) {
	s, err := a.open(ctx, false, environment)
	if err != nil {
		return exitTrouble, err
	}
	defer s.close()
	snapshot, err := s.settle(environment)
	if err != nil {
		return exitTrouble, err
	}
	a.warnUnfetched(s)
	deployments, err := s.Deployments(s.ctx, environment)
	if err != nil {
		return exitTrouble, err
	}
	if a.format == formatJSON {
		return exitClean, writeJSON(a.Out, deploymentsDocument(environment, deployments))
	}
	p := a.printer(a.Out)
	printDeployments(p, snapshot.At, environment, deployments)
	return exitClean, p.err
}

// printDeployments writes a line for each revision that the cluster took, and
// below it the images that would go back with it.
func printDeployments(p *printer, now time.Time, environment string, deployments []engine.Deployment) {
	if len(deployments) == 0 {
		p.line(span{environment + " has no record of what its cluster took: evenkeel history " + environment + " lists the commits", plain})
		return
	}
	p.line(span{"What the cluster of ", plain}, span{environment, bold}, span{" took, newest first:", plain})
	t := table{indent: 2}
	healthy := false
	for _, d := range deployments {
		healthy = healthy || d.LastHealthy
		t.add(
			styled(short(d.Revision), yellow), text("deployed "+ago(now, d.Deployed)), text(ranFor(now, d)), endedMark(d),
			subjectCell(d), deploymentMark(d),
		)
	}
	widths := t.widths()
	for i, d := range deployments {
		t.printRow(p, i, widths)
		images := table{indent: 6}
		for _, u := range d.Images {
			images.add(styled(u.Object.String(), dim), text(imageName(u.Repository, u.From)+" → "+shortTag(u.To)))
		}
		images.print(p)
		if d.Problem != "" {
			p.line(span{"      cannot be gone back to: " + d.Problem, red})
		}
	}
	p.blank()
	if healthy {
		p.line(span{"to go back: ", plain}, span{"evenkeel rollback " + environment + " --to-last-healthy", bold})
		return
	}
	p.line(span{"to go back: ", plain}, span{"evenkeel rollback " + environment + " REVISION", bold})
}

// ranFor is how long a revision was what the cluster has.
func ranFor(now time.Time, d engine.Deployment) string {
	if d.Until.IsZero() {
		return "for " + age(now, d.Deployed)
	}
	return "for " + age(d.Until, d.Deployed)
}

// endedMark is how a deployment went, where that was seen.
func endedMark(d engine.Deployment) cell {
	if d.Health == "" {
		return nil
	}
	return healthMark(d.Health)
}

// subjectCell is what the newest commit of the environment says, and which that
// is where it is not the revision itself: others may be for somebody else.
func subjectCell(d engine.Deployment) cell {
	c := text(clip(d.Subject, 60))
	if d.Hash != d.Revision {
		c = append(c, span{" (" + short(d.Hash) + ")", dim})
	}
	return c
}

func deploymentMark(d engine.Deployment) cell {
	switch {
	case d.Current:
		return styled("◀ current", bold)
	case d.LastHealthy:
		return styled("◀ last Healthy", green)
	}
	return nil
}
