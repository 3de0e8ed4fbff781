package kube

import (
	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// Silence keeps client-go's own log off standard error, where it would run
// over the screen. It is for the program to call, once, before anything else.
func Silence() { klog.SetLogger(logr.Discard()) }
