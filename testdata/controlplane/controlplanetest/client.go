package controlplanetest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"

	"sigs.k8s.io/yaml"
)

// Client talks to the API server as the user of a kubeconfig that this control
// plane wrote. It gives the address of the server, too. For tests that act as
// somebody else than evenkeel; whoever asks for it closes its idle connections.
func Client(kubeconfig string) (client *http.Client, server string, err error) {
	data, err := os.ReadFile(kubeconfig)
	if err != nil {
		return nil, "", err
	}
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server string `json:"server"`
				CA     []byte `json:"certificate-authority-data"`
			} `json:"cluster"`
		} `json:"clusters"`
		Users []struct {
			User struct {
				Certificate []byte `json:"client-certificate-data"`
				Key         []byte `json:"client-key-data"`
			} `json:"user"`
		} `json:"users"`
	}
	if err := yaml.Unmarshal(data, &config); err != nil {
		return nil, "", err
	}
	if len(config.Clusters) != 1 || len(config.Users) != 1 {
		return nil, "", fmt.Errorf("%s has %d clusters and %d users", kubeconfig, len(config.Clusters), len(config.Users))
	}
	cluster, user := config.Clusters[0].Cluster, config.Users[0].User
	certificate, err := tls.X509KeyPair(user.Certificate, user.Key)
	if err != nil {
		return nil, "", err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cluster.CA)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}}}
	return &http.Client{Transport: transport}, cluster.Server, nil
}
