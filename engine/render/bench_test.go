package render_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/evenkeel/evenkeel/engine/render"
)

// kinds are manifests of the size that people write, with a verb for the name.
var kinds = []string{`apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-%[1]d
  namespace: shop
  labels: {app: app-%[1]d, team: checkout}
spec:
  replicas: 2
  selector:
    matchLabels: {app: app-%[1]d}
  template:
    metadata:
      labels: {app: app-%[1]d, team: checkout}
    spec:
      serviceAccountName: app-%[1]d
      containers:
      - name: app
        image: registry.example.com/shop/app:1.%[1]d.0
        ports:
        - {name: http, containerPort: 8080}
        env:
        - {name: LOG_LEVEL, value: info}
        - name: POD_IP
          valueFrom: {fieldRef: {fieldPath: status.podIP}}
        resources:
          requests: {cpu: 100m, memory: 128Mi}
          limits: {memory: 256Mi}
        readinessProbe:
          httpGet: {path: /healthz, port: http}
          periodSeconds: 5
`, `apiVersion: v1
kind: Service
metadata:
  name: app-%[1]d
  namespace: shop
spec:
  selector: {app: app-%[1]d}
  ports:
  - {name: http, port: 80, targetPort: http}
`, `apiVersion: v1
kind: ConfigMap
metadata:
  name: app-%[1]d
  namespace: shop
data:
  application.properties: |
    server.port=8080
    feature.checkout=on
    number=%[1]d
  mode: production
`, `apiVersion: v1
kind: ServiceAccount
metadata:
  name: app-%[1]d
  namespace: shop
`, `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-%[1]d
  namespace: shop
spec:
  podSelector:
    matchLabels: {app: app-%[1]d}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {matchLabels: {team: checkout}}
    ports:
    - {port: 8080, protocol: TCP}
`}

// thousand is a directory of 1,000 files, 200 of each kind.
func thousand() fstest.MapFS {
	files := fstest.MapFS{}
	for k, kind := range kinds {
		for i := range 200 {
			files[fmt.Sprintf("shop/%d-%d.yaml", k, i)] = &fstest.MapFile{Data: fmt.Appendf(nil, kind, i)}
		}
	}
	return files
}

func BenchmarkDirectory(b *testing.B) {
	files := thousand()
	for b.Loop() {
		result, err := render.Render(context.Background(), files, render.Options{Path: "shop"})
		if err != nil || len(result.Objects) != 1000 {
			b.Fatal(err)
		}
	}
}
