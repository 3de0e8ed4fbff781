//go:build unix

package controlplane

import "syscall"

// ownGroup keeps a terminal's Ctrl-C from the cluster, which ends when it is
// told to.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
