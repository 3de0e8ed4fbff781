package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"text/template"
)

//go:embed stages.yaml
var stagesTemplate string

// Image tags that break a pod, as regular expressions on the whole reference.
const (
	notPullable = `:[^/@]*-broken`
	crashing    = `:[^/@]*-crash`
	breaking    = `:[^/@]*-(broken|crash)`
)

// provisioner is the storage class' provisioner, whose part a stage plays.
const provisioner = "evenkeel.dev/volumes"

// stages is the configuration by which kwok plays the kubelets: stages.yaml
// with what is said more than once filled in. What stands in double braces is
// kwok's own template, which it fills from the object.
func stages() ([]byte, error) {
	tmpl, err := template.New("stages.yaml").Delims("[[", "]]").Funcs(template.FuncMap{
		"event":       eventStep,
		"notPullable": func() string { return notPullable },
		"crashing":    func() string { return crashing },
		"breaking":    func() string { return breaking },
		"provisioner": func() string { return provisioner },
	}).Parse(stagesTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, nil); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// eventStep is a step that writes an Event about the first container whose
// image breaks its pod. The message is an expression of kwok's template, in
// which $c is that container. Stages can send events by themselves, but only
// with a fixed message, and not about a container.
func eventStep(kind, reason, message string) (string, error) {
	const text = `{{ $pod := . }}
{{ $c := dict }}
{{ range .spec.containers }}{{ if and (not $c) (regexMatch %[1]q .image) }}{{ $c = . }}{{ end }}{{ end }}
{{ $message := %[4]s }}
{{ $restarts := 0 }}
{{ range .status.containerStatuses }}{{ if eq .name $c.name }}{{ $restarts = int .restartCount }}{{ end }}{{ end }}
apiVersion: v1
kind: Event
metadata:
  name: {{ .metadata.name }}.{{ sha1sum (print .metadata.uid %[3]q $message) | trunc 16 }}
  namespace: {{ .metadata.namespace }}
involvedObject:
  apiVersion: v1
  kind: Pod
  namespace: {{ .metadata.namespace }}
  name: {{ .metadata.name | Quote }}
  uid: {{ .metadata.uid }}
  fieldPath: {{ printf "spec.containers{%%s}" $c.name | Quote }}
type: %[2]s
reason: %[3]s
message: {{ $message | Quote }}
source: {component: kubelet, host: {{ .spec.nodeName | Quote }}}
reportingComponent: kubelet
reportingInstance: {{ .spec.nodeName | Quote }}
count: {{ add1 $restarts }}
firstTimestamp: {{ .status.startTime }}
lastTimestamp: {{ now | date "2006-01-02T15:04:05Z07:00" }}
`
	quoted, err := json.Marshal(fmt.Sprintf(text, breaking, kind, reason, message))
	if err != nil {
		return "", err
	}
	return "- apply: {template: " + string(quoted) + "}", nil
}
