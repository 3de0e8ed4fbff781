package command

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show which evenkeel this is",
		Args:  cobra.NoArgs,
		RunE: a.run(func(context.Context, []string) (int, error) {
			v := readVersion()
			if a.format == formatJSON {
				return exitClean, writeJSON(a.Out, v)
			}
			revision := ""
			if v.Revision != "" {
				revision = " (" + short(v.Revision) + ")"
			}
			p := a.printer(a.Out)
			p.line(span{"evenkeel " + v.Version, bold}, span{revision, plain}, span{" " + v.Go + " " + v.Platform, dim})
			return exitClean, p.err
		}),
	}
}

// readVersion asks the binary what it was built from.
func readVersion() versionJSON {
	v := versionJSON{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Revision = s.Value
		}
	}
	return v
}
