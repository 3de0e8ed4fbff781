// Command cluster is a Kubernetes control plane for tests and for the demo: a
// real etcd, API server, controller manager and scheduler, and kwok in the
// place of the kubelets. Pods do not run anything, but they have the status of
// pods that do.
//
// The components come from Go modules and cannot share a process, since each
// configures its process' logging once. So the binary is all of them: `cluster
// up` is the parent, which starts itself once per component under that
// component's name, watches the children, and ends them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	if len(os.Args) > 1 {
		if run, ok := components[os.Args[1]]; ok {
			os.Exit(runComponent(run, os.Args[1], os.Args[2:]))
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "cluster",
		Short:         "A Kubernetes control plane for tests and for the demo",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(upCommand(), controlCommand(), kubeconfigCommand())
	return root
}

func upCommand() *cobra.Command {
	var dir string
	var untilEOF bool
	cmd := &cobra.Command{
		Use:   "up --dir DIR",
		Short: "Start a cluster and keep it up until this process ends",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			if untilEOF {
				onEOF(cmd.InOrStdin(), cancel)
			}
			return up(ctx, dir, cmd.OutOrStdout())
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&untilEOF, "until-eof", false, "end when standard input ends, and so together with the process that holds it")
	return cmd
}

func controlCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:       "ctl --dir DIR {stop|start} apiserver",
		Short:     "Stop or start the API server of a running cluster",
		Args:      cobra.ExactArgs(2),
		ValidArgs: []string{"stop", "start"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[1] != apiserver || (args[0] != "stop" && args[0] != "start") {
				return errors.New("only `stop apiserver` and `start apiserver` are known")
			}
			return sendControl(cmd.Context(), layout(dir), args[0])
		},
	}
	dirFlag(cmd, &dir)
	return cmd
}

func kubeconfigCommand() *cobra.Command {
	var dir, user string
	var groups []string
	cmd := &cobra.Command{
		Use:   "kubeconfig --dir DIR --user USER [--group GROUP]...",
		Short: "Write a kubeconfig for a user of a cluster and print its path",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := writeUserKubeconfig(layout(dir), user, groups)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&user, "user", "", "the user's name")
	cmd.Flags().StringArrayVar(&groups, "group", nil, "a group the user is in")
	_ = cmd.MarkFlagRequired("user")
	return cmd
}

func dirFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", "", "the cluster's directory: its data, keys, logs and kubeconfig")
	_ = cmd.MarkFlagRequired("dir")
}
