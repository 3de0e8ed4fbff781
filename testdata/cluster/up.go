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
	if err := l.clear(); err != nil {
		return err
	}

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

// serve starts the components and stays until the context ends.
func serve(ctx context.Context, l layout, processes *children, out io.Writer) error {
	p, err := prepare(l)
	if err != nil {
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

// prepare writes the files that the components start from.
func prepare(l layout) (ports, error) {
	if err := l.makePKI(); err != nil {
		return ports{}, err
	}
	p, err := l.choosePorts()
	if err != nil {
		return ports{}, err
	}
	if err := l.writeAdminKubeconfig(p.Server); err != nil {
		return ports{}, err
	}
	stages, err := stages()
	if err != nil {
		return ports{}, fmt.Errorf("reading the stages: %w", err)
	}
	return p, writeFile(l.stages(), stages)
}
