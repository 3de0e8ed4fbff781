package main

import "fmt"

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
		"--allow-privileged=true", // as clusters whose network is a DaemonSet have it
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
		"--kube-api-qps=200",
		"--kube-api-burst=400",
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
		"--kube-api-qps=200",
		"--kube-api-burst=400",
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
