package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // CronJobs may name a time zone

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	apiserverapp "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanagerapp "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	schedulerapp "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kwokconfig "sigs.k8s.io/kwok/pkg/config"
	kwokcmd "sigs.k8s.io/kwok/pkg/kwok/cmd"
	kwoklog "sigs.k8s.io/kwok/pkg/log"
)

// The components, by the name of their sub-command and log file.
const (
	etcd              = "etcd"
	apiserver         = "apiserver"
	controllerManager = "controller-manager"
	scheduler         = "scheduler"
	kwok              = "kwok"
)

// components are the programs this binary can be. Each reads its arguments
// from os.Args and returns its exit code.
var components = map[string]func() int{
	etcd:              runEtcd,
	apiserver:         func() int { return cli.Run(apiserverapp.NewAPIServerCommand()) },
	controllerManager: func() int { return cli.Run(controllermanagerapp.NewControllerManagerCommand()) },
	scheduler:         func() int { return cli.Run(schedulerapp.NewSchedulerCommand()) },
	kwok:              runKwok,
}

// runComponent turns this process into a component. Standard input is a pipe
// that the parent never writes to: when it ends the parent is gone, however
// that came about, and so must this process. Only etcd takes its time to: the
// others hold nothing that is not in etcd.
func runComponent(run func() int, name string, args []string) int {
	os.Args = append([]string{name}, args...)
	if name != etcd {
		onEOF(os.Stdin, func() { os.Exit(1) })
	}
	return run()
}

// onEOF calls f once r has ended.
func onEOF(r io.Reader, f func()) {
	go func() {
		_, _ = io.Copy(io.Discard, r)
		f()
	}()
}

func runEtcd() int {
	if err := serveEtcd(); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		return 1
	}
	return 0
}

// serveEtcd runs a member that is a cluster of its own. It does not wait for
// the disk: what survives is what survives the process, not a power cut.
func serveEtcd() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	onEOF(os.Stdin, stop)

	flags := flag.NewFlagSet(etcd, flag.ContinueOnError)
	data := flags.String("data-dir", "", "directory of the database")
	client := flags.String("listen-client", "", "host:port for clients")
	peer := flags.String("listen-peer", "", "host:port for peers, of which there are none")
	cert := flags.String("cert-file", "", "certificate, also the only one that clients may come with")
	key := flags.String("key-file", "", "key of the certificate")
	ca := flags.String("trusted-ca-file", "", "authority of the certificate")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}

	cfg := embed.NewConfig()
	cfg.Name = "cluster"
	cfg.Dir = *data
	cfg.LogLevel = "warn"
	cfg.LogOutputs = []string{"stderr"}
	cfg.UnsafeNoFsync = true
	cfg.EnableGRPCGateway = false
	// Nobody else can win the election, so it need not last a second.
	cfg.TickMs, cfg.ElectionMs = 50, 250
	tls := transport.TLSInfo{
		CertFile: *cert, KeyFile: *key, TrustedCAFile: *ca,
		ClientCertAuth: true, AllowedCNs: []string{serverUser},
	}
	cfg.ClientTLSInfo, cfg.PeerTLSInfo = tls, tls
	clientURL := url.URL{Scheme: "https", Host: *client}
	peerURL := url.URL{Scheme: "https", Host: *peer}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = []url.URL{clientURL}, []url.URL{clientURL}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{peerURL}, []url.URL{peerURL}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)

	server, err := embed.StartEtcd(cfg)
	if err != nil {
		return err
	}
	defer server.Close()
	select {
	case <-ctx.Done():
		return nil
	case err := <-server.Err():
		return err
	case <-server.Server.StopNotify():
		return errors.New("the server stopped by itself")
	}
}

func runKwok() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, logger := kwoklog.InitFlags(ctx, flags)
	ctx, err := kwokconfig.InitFlags(ctx, flags)
	if err != nil {
		logger.Error("Reading the stages", "err", err)
		return 1
	}
	command := kwokcmd.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(flags)
	command.Version = "" // its flag would meet the one of Kubernetes' components
	if err := command.ExecuteContext(ctx); err != nil {
		logger.Error("Ended", "err", err)
		return 1
	}
	return 0
}
