package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"
)

func testBroken(t *testing.T, client kubernetes.Interface) {
	pod := createPod(t, client, "broken", "registry.example:5000/shop/web:1.2-broken")
	container := waitWaiting(t, client, pod, "ImagePullBackOff")
	if !strings.Contains(container.State.Waiting.Message, pod.Spec.Containers[0].Image) {
		t.Errorf("the message does not name the image: %q", container.State.Waiting.Message)
	}
	now := getPod(t, client, pod)
	if now.Status.Phase != corev1.PodPending || podReady(now) {
		t.Errorf("phase %s, ready %t", now.Status.Phase, podReady(now))
	}
	wantEvents(t, client, pod,
		`Normal Pulling Pulling image "registry.example:5000/shop/web:1.2-broken"`,
		`Warning Failed Failed to pull image "registry.example:5000/shop/web:1.2-broken": rpc error: code = NotFound`,
		`Warning Failed Error: ErrImagePull`,
		`Normal BackOff Back-off pulling image "registry.example:5000/shop/web:1.2-broken"`,
		`Warning Failed Error: ImagePullBackOff`,
	)
	if _, err := logs(t, client, pod); err == nil || !strings.Contains(err.Error(), "trying and failing to pull image") {
		t.Errorf("logs of a container that never ran: %v", err)
	}
}

func testCrash(t *testing.T, client kubernetes.Interface) {
	pod := createPod(t, client, "crash", "shop/web:1.2-crash")
	container := waitWaiting(t, client, pod, "CrashLoopBackOff")
	if last := container.LastTerminationState.Terminated; last == nil || last.ExitCode != 1 || last.Reason != "Error" {
		t.Errorf("last state: %v", last)
	}
	if container.RestartCount < 1 || !strings.HasPrefix(container.State.Waiting.Message, "back-off 10s restarting failed container=main pod=crash_default(") {
		t.Errorf("%d restarts, message %q", container.RestartCount, container.State.Waiting.Message)
	}
	if now := getPod(t, client, pod); now.Status.Phase != corev1.PodRunning || podReady(now) {
		t.Errorf("phase %s, ready %t", now.Status.Phase, podReady(now))
	}
	wantEvents(t, client, pod,
		"Normal Pulled ", "Normal Created ", "Normal Started ",
		"Warning BackOff Back-off restarting failed container main in pod crash_default(",
	)
	text, err := logs(t, client, pod)
	if err != nil || !strings.Contains(text, "panic: ") {
		t.Errorf("the log does not show the crash: %v\n%s", err, text)
	}
}

func testHealthy(t *testing.T, client kubernetes.Interface) {
	pod := createPod(t, client, "fine", "registry.example:5000/not-broken/no-crash:1.2")
	eventually(t, func(context.Context) string {
		if now := getPod(t, client, pod); !podReady(now) || now.Status.PodIP == "" {
			return fmt.Sprintf("the pod is %s at %q", now.Status.Phase, now.Status.PodIP)
		}
		return ""
	})
	text, err := logs(t, client, pod)
	if err != nil || !strings.Contains(text, "starting main") {
		t.Errorf("the log does not show the start: %v\n%s", err, text)
	}
	if err := client.CoreV1().Pods("default").Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(ctx context.Context) string {
		if _, err := client.CoreV1().Pods("default").Get(ctx, pod.Name, metav1.GetOptions{}); err == nil {
			return "the deleted pod does not go"
		}
		return ""
	})
}

func testJob(t *testing.T, client kubernetes.Interface) {
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "once"}, Spec: batchv1.JobSpec{Template: podTemplate("shop/tool:1", corev1.RestartPolicyNever)}}
	if _, err := client.BatchV1().Jobs("default").Create(t.Context(), job, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(ctx context.Context) string {
		job, err := client.BatchV1().Jobs("default").Get(ctx, "once", metav1.GetOptions{})
		if err != nil || job.Status.Succeeded != 1 {
			return fmt.Sprintf("the job does not complete: %v %v", err, job.Status)
		}
		return ""
	})
}

func testClaims(t *testing.T, client kubernetes.Interface) {
	set := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: "db"},
		Spec: appsv1.StatefulSetSpec{
			ServiceName: "db",
			Replicas:    ptr.To[int32](2),
			Selector:    &metav1.LabelSelector{MatchLabels: map[string]string{"app": "test"}},
			Template:    podTemplate("postgres:16", corev1.RestartPolicyAlways),
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{
				ObjectMeta: metav1.ObjectMeta{Name: "data"},
				Spec: corev1.PersistentVolumeClaimSpec{
					AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
					Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
				},
			}},
		},
	}
	if _, err := client.AppsV1().StatefulSets("default").Create(t.Context(), set, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(ctx context.Context) string {
		set, err := client.AppsV1().StatefulSets("default").Get(ctx, "db", metav1.GetOptions{})
		if err != nil || set.Status.ReadyReplicas != 2 {
			return fmt.Sprintf("the stateful set does not become ready: %v %v", err, set.Status)
		}
		return ""
	})

	if err := client.CoreV1().PersistentVolumeClaims("default").Delete(t.Context(), "data-db-1", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := client.AppsV1().StatefulSets("default").Delete(t.Context(), "db", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(ctx context.Context) string {
		volumes, err := client.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{})
		if err != nil || len(volumes.Items) != 1 {
			return fmt.Sprintf("want the volume of the claim that is left, and no other: %v %v", err, volumes)
		}
		return ""
	})
}

func podTemplate(image string, restart corev1.RestartPolicy) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "test"}},
		Spec:       corev1.PodSpec{RestartPolicy: restart, Containers: []corev1.Container{{Name: "main", Image: image}}},
	}
}

func createPod(t *testing.T, client kubernetes.Interface, name, image string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: podTemplate(image, corev1.RestartPolicyAlways).Spec}
	pod, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

func getPod(t *testing.T, client kubernetes.Interface, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	pod, err := client.CoreV1().Pods(pod.Namespace).Get(t.Context(), pod.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// waitWaiting waits until the pod's container waits for the reason.
func waitWaiting(t *testing.T, client kubernetes.Interface, pod *corev1.Pod, reason string) (status corev1.ContainerStatus) {
	t.Helper()
	eventually(t, func(context.Context) string {
		now := getPod(t, client, pod)
		if len(now.Status.ContainerStatuses) != 1 {
			return "the pod has no container status"
		}
		status = now.Status.ContainerStatuses[0]
		if status.State.Waiting == nil || status.State.Waiting.Reason != reason {
			return fmt.Sprintf("the container is not in %s: %v", reason, status.State)
		}
		return ""
	})
	return status
}

// wantEvents checks that the pod has an event with each of the beginnings.
func wantEvents(t *testing.T, client kubernetes.Interface, pod *corev1.Pod, beginnings ...string) {
	t.Helper()
	events, err := client.CoreV1().Events(pod.Namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "involvedObject.uid=" + string(pod.UID)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, event := range events.Items {
		got = append(got, fmt.Sprintf("%s %s %s", event.Type, event.Reason, event.Message))
	}
	text := "\n" + strings.Join(got, "\n")
	for _, beginning := range beginnings {
		if !strings.Contains(text, "\n"+beginning) {
			t.Errorf("no event %q among%s", beginning, text)
		}
	}
}

func logs(t *testing.T, client kubernetes.Interface, pod *corev1.Pod) (string, error) {
	t.Helper()
	stream, err := client.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{}).Stream(t.Context())
	if err != nil {
		return "", err
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	return string(text), err
}
