//go:build !linux

package lab

import (
	"context"
	"errors"
	"io"
	"runtime"
)

// The jobs of a bubble.
const (
	JobDrill    = "drill"
	JobNegative = "negative"
	JobServe    = "serve"
)

var errLinux = errors.New("the lab needs Linux: it is made of network namespaces; this is " + runtime.GOOS)

// Ready reports that the lab cannot run here.
func Ready() error { return errLinux }

// Enter refuses.
func Enter(context.Context, []string, Stdio) error { return errLinux }

// Inside refuses.
func Inside(context.Context, string, Options, io.Writer) (*Report, error) { return nil, errLinux }

// Serve refuses.
func Serve(context.Context, Options, Stdio) error { return errLinux }

// Up refuses.
func Up(context.Context, Options, io.Writer) (*Status, error) { return nil, errLinux }

// Hold refuses.
func Hold(context.Context, Options) error { return errLinux }

// Down refuses.
func Down(context.Context) error { return errLinux }

// DrillUp refuses.
func DrillUp(context.Context, Request, io.Writer) (*Report, error) { return nil, errLinux }
