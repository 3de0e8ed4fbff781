package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// kubelet is the one part of the nodes' kubelets that is not kwok's: it serves
// the logs of their containers to the API server.
type kubelet struct {
	client kubernetes.Interface
}

// serveKubelet listens on the nodes' port until it is closed.
func serveKubelet(l layout, client kubernetes.Interface, port int) (io.Closer, error) {
	certificate, err := tls.LoadX509KeyPair(l.pki("server.crt"), l.pki("server.key"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(l.pki("ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	listener, err := tls.Listen("tcp", loopback(port), &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
		VerifyConnection: func(state tls.ConnectionState) error {
			if name := state.PeerCertificates[0].Subject.CommonName; name != serverUser {
				return fmt.Errorf("%s is not the API server", name)
			}
			return nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("listening in the place of the kubelets: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /containerLogs/{namespace}/{pod}/{container}", kubelet{client})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener)
	return server, nil
}

func (k kubelet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pod, err := k.client.CoreV1().Pods(r.PathValue("namespace")).Get(r.Context(), r.PathValue("pod"), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var request logRequest
	if err := request.parse(r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	j, err := journalOf(pod, r.PathValue("container"), request.previous)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	// The reader went away, or has its fill: nobody is left to be told.
	_ = k.write(r.Context(), w, j, request, pod)
}

// logRequest is what a reader wants of a log.
type logRequest struct {
	follow, previous, timestamps bool
	tail                         int // -1 for all
	since                        time.Time
	limit                        int // bytes, 0 for no limit
}

func (l *logRequest) parse(r *http.Request) error {
	query := r.URL.Query()
	flag := func(name string) (bool, error) {
		if value := query.Get(name); value != "" {
			return strconv.ParseBool(value)
		}
		return false, nil
	}
	number := func(name string, otherwise int) (int, error) {
		if value := query.Get(name); value != "" {
			return strconv.Atoi(value)
		}
		return otherwise, nil
	}
	var seconds int
	var errs [7]error
	l.follow, errs[0] = flag("follow")
	l.previous, errs[1] = flag("previous")
	l.timestamps, errs[2] = flag("timestamps")
	l.tail, errs[3] = number("tailLines", -1)
	l.limit, errs[4] = number("limitBytes", 0)
	seconds, errs[5] = number("sinceSeconds", 0)
	if seconds > 0 {
		l.since = time.Now().Add(-time.Duration(seconds) * time.Second)
	}
	if value := query.Get("sinceTime"); value != "" {
		l.since, errs[6] = time.Parse(time.RFC3339, value)
	}
	return errors.Join(errs[:]...)
}

// journalOf is the log of a container as it is now or, with previous, as it was
// when it ran last.
func journalOf(pod *corev1.Pod, container string, previous bool) (journal, error) {
	for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		if status.Name != container {
			continue
		}
		state := status.State
		if last := status.LastTerminationState; previous || (state.Waiting != nil && last.Terminated != nil) {
			state = last
		}
		j := journal{container: container, image: status.Image, seed: string(pod.UID)}
		switch {
		case state.Running != nil:
			j.started = state.Running.StartedAt.Time
		case state.Terminated != nil:
			j.started, j.ended = state.Terminated.StartedAt.Time, state.Terminated.FinishedAt.Time
			j.failed = state.Terminated.ExitCode != 0
		case previous:
			return journal{}, fmt.Errorf("previous terminated container %q in pod %q not found", container, pod.Name)
		case state.Waiting != nil && state.Waiting.Reason == "ErrImagePull":
			return journal{}, fmt.Errorf("container %q in pod %q is waiting to start: image can't be pulled", container, pod.Name)
		case state.Waiting != nil && state.Waiting.Reason == "ImagePullBackOff":
			return journal{}, fmt.Errorf("container %q in pod %q is waiting to start: trying and failing to pull image", container, pod.Name)
		default:
			return journal{}, fmt.Errorf("container %q in pod %q is waiting to start - no logs yet", container, pod.Name)
		}
		return j, nil
	}
	return journal{}, fmt.Errorf("container %s not found in pod %s", container, pod.Name)
}

// keptLines is how far back a log goes: a kubelet removes what is older.
const keptLines = 5000

// write writes the lines of a log that were asked for and, when it is followed,
// each new one until the container or the reader has had enough.
func (k kubelet) write(ctx context.Context, w http.ResponseWriter, j journal, request logRequest, pod *corev1.Pod) error {
	out := &limitedWriter{w: w, left: request.limit, limited: request.limit > 0}
	count := j.count(time.Now())
	first := max(0, count-keptLines)
	if request.tail >= 0 {
		first = max(first, count-request.tail)
	}
	for next := first; ; {
		for ; next < count; next++ {
			at, line := j.line(next)
			if at.Before(request.since) {
				continue
			}
			if request.timestamps {
				line = at.UTC().Format(time.RFC3339Nano) + " " + line
			}
			if _, err := io.WriteString(out, line+"\n"); err != nil {
				return err
			}
		}
		if !request.follow || !j.ended.IsZero() {
			return nil
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		now, err := k.client.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		if err != nil || now.UID != pod.UID {
			return err
		}
		if j, err = journalOf(now, j.container, false); err != nil {
			return err
		}
		count = j.count(time.Now())
	}
}

// limitedWriter fails once it has passed on as much as was asked for.
type limitedWriter struct {
	w       io.Writer
	left    int
	limited bool
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if !l.limited {
		return l.w.Write(p)
	}
	n, err := l.w.Write(p[:min(len(p), l.left)])
	if l.left -= n; err == nil && l.left == 0 {
		err = io.ErrShortWrite
	}
	return n, err
}
