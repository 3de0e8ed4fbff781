package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Names in the certificates. The API server comes to etcd as serverUser; the
// other components and the kubeconfig's reader are adminUser, who is in the
// group that may do everything.
const (
	serverUser = "kube-apiserver"
	adminUser  = "admin"
	adminGroup = "system:masters"
)

// serviceIP is the address of the kubernetes service, the first of serviceCIDR.
const (
	serviceCIDR = "10.96.0.0/16"
	serviceIP   = "10.96.0.1"
)

const certificateLife = 10 * 365 * 24 * time.Hour

// authority signs the certificates of one cluster.
type authority struct {
	cert    *x509.Certificate
	key     *ecdsa.PrivateKey
	certPEM []byte
}

// makePKI writes what is not there yet of the cluster's authority, the server's
// certificate, the administrator's certificate and the service accounts' key.
func (l layout) makePKI() error {
	if _, err := os.Stat(l.pki("ca.crt")); errors.Is(err, fs.ErrNotExist) {
		if err := l.makeAuthority(); err != nil {
			return fmt.Errorf("making the cluster's certificate authority: %w", err)
		}
	}
	ca, err := l.authority()
	if err != nil {
		return err
	}
	leaves := map[string]*x509.Certificate{
		"server": {
			Subject:     pkix.Name{CommonName: serverUser},
			DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(serviceIP)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		},
		"admin": userTemplate(adminUser, []string{adminGroup}),
	}
	for name, template := range leaves {
		if _, err := os.Stat(l.pki(name + ".crt")); err == nil {
			continue
		}
		cert, key, err := ca.issue(template)
		if err != nil {
			return fmt.Errorf("making the certificate %s: %w", name, err)
		}
		if err := errors.Join(writeFile(l.pki(name+".key"), key), writeFile(l.pki(name+".crt"), cert)); err != nil {
			return err
		}
	}
	if _, err := os.Stat(l.pki("service-accounts.key")); err == nil {
		return nil
	}
	_, key, err := newKey()
	if err != nil {
		return err
	}
	return writeFile(l.pki("service-accounts.key"), key)
}

func (l layout) makeAuthority() error {
	key, keyPEM, err := newKey()
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "cluster-ca"},
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(certificateLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	// The certificate last: where it is, its key is.
	return errors.Join(writeFile(l.pki("ca.key"), keyPEM), writeFile(l.pki("ca.crt"), certPEM))
}

func (l layout) authority() (*authority, error) {
	certPEM, err := os.ReadFile(l.pki("ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's certificate authority: %w", err)
	}
	keyPEM, err := os.ReadFile(l.pki("ca.key"))
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's certificate authority: %w", err)
	}
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return nil, fmt.Errorf("reading the cluster's certificate authority: no PEM in %s", l.pki("ca.*"))
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", l.pki("ca.crt"), err)
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", l.pki("ca.key"), err)
	}
	return &authority{cert: cert, key: key, certPEM: certPEM}, nil
}

// userTemplate is the certificate by which the API server knows a user.
func userTemplate(user string, groups []string) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

func (a *authority) issue(template *x509.Certificate) (certPEM, keyPEM []byte, err error) {
	key, keyPEM, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(certificateLife)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), keyPEM, nil
}

func newKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

// writeAdminKubeconfig writes the kubeconfig of the user who may do everything.
func (l layout) writeAdminKubeconfig(serverPort int) error {
	var files [3][]byte
	for i, name := range []string{"ca.crt", "admin.crt", "admin.key"} {
		data, err := os.ReadFile(l.pki(name))
		if err != nil {
			return err
		}
		files[i] = data
	}
	return writeKubeconfig(l.kubeconfig(), "https://"+loopback(serverPort), adminUser, files[0], files[1], files[2])
}

// writeUserKubeconfig makes a certificate for a user of an existing cluster and
// gives the path of the kubeconfig that has it.
func writeUserKubeconfig(l layout, user string, groups []string) (string, error) {
	admin, err := clientcmd.LoadFromFile(l.kubeconfig())
	if err != nil {
		return "", fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	ca, err := l.authority()
	if err != nil {
		return "", err
	}
	cert, key, err := ca.issue(userTemplate(user, groups))
	if err != nil {
		return "", fmt.Errorf("making the certificate of %s: %w", user, err)
	}
	id := sha256.Sum256([]byte(user + "\x00" + strings.Join(groups, "\x00")))
	path := l.userKubeconfig(hex.EncodeToString(id[:8]))
	return path, writeKubeconfig(path, admin.Clusters[clusterName].Server, user, ca.certPEM, cert, key)
}

// clusterName is what the kubeconfig calls the cluster and its context.
const clusterName = "evenkeel"

func writeKubeconfig(path, server, user string, ca, cert, key []byte) error {
	config := clientcmdapi.NewConfig()
	config.Clusters[clusterName] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[user] = &clientcmdapi.AuthInfo{ClientCertificateData: cert, ClientKeyData: key}
	config.Contexts[clusterName] = &clientcmdapi.Context{Cluster: clusterName, AuthInfo: user}
	config.CurrentContext = clusterName
	data, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	return writeFile(path, data)
}
