package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/component-base/version"
	"k8s.io/utils/ptr"
)

// pollEvery is the pace at which the start waits for the next state.
const pollEvery = 50 * time.Millisecond

// waitFor polls until done, and says what was not there when the time is up.
func waitFor(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, pollEvery, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		ok, err := done(ctx)
		last = err
		return ok, nil
	})
	switch {
	case err == nil:
		return nil
	case last != nil:
		return fmt.Errorf("waiting for %s: %w (last: %v)", what, err, last)
	default:
		return fmt.Errorf("waiting for %s: %w", what, err)
	}
}

// waitServing returns when the API server says that it is ready.
func waitServing(ctx context.Context, client kubernetes.Interface) error {
	return waitFor(ctx, "the API server", func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil, err
	})
}

// furnish gives the cluster its nodes and its storage class, and returns when
// a pod can run.
func furnish(ctx context.Context, client kubernetes.Interface, p ports) error {
	for i, name := range []string{"node-1", "node-2"} {
		if err := putNode(ctx, client, node(name, i, p)); err != nil {
			return fmt.Errorf("making the node %s: %w", name, err)
		}
	}
	if _, err := client.StorageV1().StorageClasses().Create(ctx, storageClass(), metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making the storage class: %w", err)
	}
	if err := waitFor(ctx, "the default namespace's service account", func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, err
	}); err != nil {
		return err
	}
	return probe(ctx, client)
}

func node(name string, index int, p ports) *corev1.Node {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("64"),
		corev1.ResourceMemory:           resource.MustParse("256Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("400Gi"),
		corev1.ResourcePods:             resource.MustParse("1000"),
	}
	cidr := fmt.Sprintf("10.244.%d.0/20", index*16)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				corev1.LabelArchStable:     "amd64",
				corev1.LabelOSStable:       "linux",
				corev1.LabelHostname:       name,
				corev1.LabelTopologyZone:   fmt.Sprintf("zone-%c", 'a'+index),
				corev1.LabelTopologyRegion: "local",
				"node.kubernetes.io/kwok":  "",
			},
		},
		Spec: corev1.NodeSpec{PodCIDR: cidr, PodCIDRs: []string{cidr}},
		Status: corev1.NodeStatus{
			Capacity:    capacity,
			Allocatable: capacity,
			// The external address is where the API server finds this node's
			// kubelet; the internal one is for show.
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.0.0.%d", 11+index)},
				{Type: corev1.NodeExternalIP, Address: "127.0.0.1"},
				{Type: corev1.NodeHostName, Address: name},
			},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{
				KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(p.Kubelet)},
			},
			NodeInfo: corev1.NodeSystemInfo{
				Architecture:            "amd64",
				OperatingSystem:         "linux",
				OSImage:                 "kwok",
				KernelVersion:           "kwok",
				ContainerRuntimeVersion: "kwok://" + version.Get().GitVersion,
				KubeletVersion:          version.Get().GitVersion,
				KubeProxyVersion:        version.Get().GitVersion,
			},
		},
	}
}

// putNode makes the node, or gives one of an earlier run its new port.
func putNode(ctx context.Context, client kubernetes.Interface, want *corev1.Node) error {
	nodes := client.CoreV1().Nodes()
	have, err := nodes.Create(ctx, want, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		have, err = nodes.Get(ctx, want.Name, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	patch := fmt.Sprintf(`{"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}`, want.Status.DaemonEndpoints.KubeletEndpoint.Port)
	_, err = nodes.PatchStatus(ctx, have.Name, []byte(patch))
	return err
}

// storageClass is the default one; a stage makes the volumes.
func storageClass() *storagev1.StorageClass {
	return &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "standard",
			Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		Provisioner:       provisioner,
		ReclaimPolicy:     ptr.To(corev1.PersistentVolumeReclaimDelete),
		VolumeBindingMode: ptr.To(storagev1.VolumeBindingImmediate),
	}
}

// probe runs a pod, which takes every part of the cluster, and removes it.
func probe(ctx context.Context, client kubernetes.Interface) error {
	pods := client.CoreV1().Pods(metav1.NamespaceSystem)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "ready-probe-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "probe", Image: "probe:1"}}},
	}
	var name string
	if err := waitFor(ctx, "the namespace kube-system", func(ctx context.Context) (bool, error) {
		made, err := pods.Create(ctx, pod, metav1.CreateOptions{})
		if err == nil {
			name = made.Name
		}
		return err == nil, err
	}); err != nil {
		return err
	}
	if err := waitFor(ctx, "a first pod to run", func(ctx context.Context) (bool, error) {
		pod, err := pods.Get(ctx, name, metav1.GetOptions{})
		return err == nil && podReady(pod), err
	}); err != nil {
		return err
	}
	if err := pods.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return fmt.Errorf("removing the first pod: %w", err)
	}
	return waitFor(ctx, "the first pod to go", func(ctx context.Context) (bool, error) {
		_, err := pods.Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
}

func podReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
