package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// up starts a cluster in dir, says on out when it is ready, and keeps it up
// until the context ends or a component does.
func up(ctx context.Context, dir string, out io.Writer) (err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	l := layout(dir)
	if err := l.make(); err != nil {
		return err
	}
	lock, err := l.lock()
	if err != nil {
		return err
	}
	defer lock.Close()

	processes, alive, err := newChildren(ctx, l)
	if err != nil {
		return err
	}
	defer processes.close()
	err = serve(alive, l, processes, out)
	// Whatever broke because a component ended, the component is the news.
	if cause := context.Cause(alive); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func serve(ctx context.Context, l layout, processes *children, out io.Writer) error {
	if err := l.makePKI(); err != nil {
		return err
	}
	p, err := l.choosePorts()
	if err != nil {
		return err
	}
	if err := l.writeAdminKubeconfig(p.Server); err != nil {
		return err
	}
	stages, err := stages()
	if err != nil {
		return fmt.Errorf("reading the stages: %w", err)
	}
	if err := writeFile(l.stages(), stages); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", l.kubeconfig())
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "kubeconfig:", l.kubeconfig())

	fmt.Fprintln(out, "starting etcd and the API server")
	if err := errors.Join(
		processes.start(etcd, etcdArgs(l, p)...),
		processes.start(apiserver, apiserverArgs(l, p)...),
	); err != nil {
		return err
	}
	if err := waitServing(ctx, client); err != nil {
		return err
	}

	fmt.Fprintln(out, "starting the controllers, the scheduler and the nodes")
	if err := errors.Join(
		processes.start(controllerManager, controllerManagerArgs(l)...),
		processes.start(scheduler, schedulerArgs(l)...),
		processes.start(kwok, kwokArgs(l)...),
	); err != nil {
		return err
	}
	kubelet, err := serveKubelet(l, client, p.Kubelet)
	if err != nil {
		return err
	}
	defer kubelet.Close()
	if err := furnish(ctx, client, p); err != nil {
		return err
	}

	control, err := listenControl(l, controller{
		"stop": func(context.Context) error {
			processes.stop(apiserver)
			return nil
		},
		"start": func(ctx context.Context) error {
			if err := processes.start(apiserver, apiserverArgs(l, p)...); err != nil {
				return err
			}
			return waitServing(ctx, client)
		},
	})
	if err != nil {
		return err
	}
	defer control.Close()
	fmt.Fprintln(out, "ready")
	<-ctx.Done()
	return nil
}

func etcdArgs(l layout, p ports) []string {
	return []string{
		"--data-dir=" + l.etcdData(),
		"--listen-client=" + loopback(p.Etcd),
		"--listen-peer=" + loopback(p.EtcdPeer),
		"--cert-file=" + l.pki("server.crt"),
		"--key-file=" + l.pki("server.key"),
		"--trusted-ca-file=" + l.pki("ca.crt"),
	}
}

func apiserverArgs(l layout, p ports) []string {
	return []string{
		"--bind-address=127.0.0.1",
		// For show: the kubernetes service may not lead to a loopback address.
		"--advertise-address=10.0.0.10",
		fmt.Sprintf("--secure-port=%d", p.Server),
		"--tls-cert-file=" + l.pki("server.crt"),
		"--tls-private-key-file=" + l.pki("server.key"),
		"--client-ca-file=" + l.pki("ca.crt"),
		"--authorization-mode=RBAC",
		// Pods have no use for a token, and need no service account to start.
		"--disable-admission-plugins=ServiceAccount",
		"--service-cluster-ip-range=" + serviceCIDR,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + l.pki("service-accounts.key"),
		"--service-account-signing-key-file=" + l.pki("service-accounts.key"),
		"--etcd-servers=https://" + loopback(p.Etcd),
		"--etcd-cafile=" + l.pki("ca.crt"),
		"--etcd-certfile=" + l.pki("server.crt"),
		"--etcd-keyfile=" + l.pki("server.key"),
		"--kubelet-client-certificate=" + l.pki("server.crt"),
		"--kubelet-client-key=" + l.pki("server.key"),
		"--kubelet-certificate-authority=" + l.pki("ca.crt"),
		"--kubelet-preferred-address-types=ExternalIP",
		"--profiling=false",
	}
}

func controllerManagerArgs(l layout) []string {
	return []string{
		"--kubeconfig=" + l.kubeconfig(),
		"--leader-elect=false",
		"--secure-port=0",
		"--service-account-private-key-file=" + l.pki("service-accounts.key"),
		"--root-ca-file=" + l.pki("ca.crt"),
		"--cluster-signing-cert-file=" + l.pki("ca.crt"),
		"--cluster-signing-key-file=" + l.pki("ca.key"),
		"--profiling=false",
	}
}

func schedulerArgs(l layout) []string {
	return []string{
		"--kubeconfig=" + l.kubeconfig(),
		"--leader-elect=false",
		"--secure-port=0",
		"--profiling=false",
	}
}

func kwokArgs(l layout) []string {
	return []string{
		"--kubeconfig=" + l.kubeconfig(),
		"--config=" + l.stages(),
		"--manage-all-nodes=true",
	}
}
