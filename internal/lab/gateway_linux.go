package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// twinpath runs one of the program's own commands in the data centre.
func (l *Lab) twinpath(ctx context.Context, args ...string) ([]byte, error) {
	return l.run(ctx, command{ns: nsSite, name: "/proc/self/exe", args: args})
}

// exitCode returns the exit code that a program ended with, or -1.
func exitCode(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return -1
}

// ssh runs a command line on the gateway, or feeds it lines, over SSH from the
// data centre, with the host key that the lab made.
func (l *Lab) ssh(ctx context.Context, line, stdin string) ([]byte, error) {
	args := []string{
		"-F", "none", "-i", filepath.Join(l.dir, "id"), "-p", strconv.Itoa(l.model.sshPort),
		"-o", "UserKnownHostsFile=" + l.known(), "-o", "StrictHostKeyChecking=yes",
		"-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=5",
		l.model.username + "@" + l.model.management.Addr().String(),
	}
	if line != "" {
		args = append(args, line)
	}
	return l.run(ctx, command{ns: nsSite, name: "ssh", args: args, stdin: stdin})
}

// known is the file with the gateway's host key.
func (l *Lab) known() string { return filepath.Join(l.dir, "known_hosts") }

// configure brings the gateway from its first configuration to the scenario's
// with the program's own commands, over SSH.
func (l *Lab) configure(ctx context.Context, scenarioFile string) error {
	plan := filepath.Join(l.dir, "plan.json")
	if _, err := l.twinpath(ctx, "plan", scenarioFile, "-i", l.inventoryFile, "--known-hosts", l.known(), "-o", plan); err != nil {
		return fmt.Errorf("plan the gateway's configuration: %w", err)
	}
	_, err := l.twinpath(ctx, "push", plan, "-i", l.inventoryFile, "--known-hosts", l.known(),
		"--accept-no-confirm-timer", "--journal", filepath.Join(l.dir, "journal"))
	if err != nil {
		return fmt.Errorf("push the gateway's configuration: %w", err)
	}
	return nil
}

// typeLines types lines at the gateway's configuration prompt, past twinpath.
func (l *Lab) typeLines(ctx context.Context, lines string) error {
	out, err := l.ssh(ctx, "", "configure terminal\n"+lines+"\nend\n")
	if err != nil {
		return err
	}
	if i := strings.Index(string(out), "% "); i >= 0 {
		return fmt.Errorf("the gateway refused a line: %s", tail(string(out[i:])))
	}
	return nil
}

// checkSessions waits until the gateway's session with every border router is
// up.
func (l *Lab) checkSessions(ctx context.Context) error {
	return l.until(ctx, 8*time.Second, "both BFD sessions to come up", func() (bool, error) {
		out, err := l.ssh(ctx, "show bfd peers json", "")
		if err != nil {
			return false, err
		}
		var peers []struct {
			Peer, Status string
		}
		if err := json.Unmarshal(out, &peers); err != nil {
			return false, fmt.Errorf("read the gateway's BFD sessions: %w", err)
		}
		up := 0
		for _, c := range l.model.circuits {
			for _, p := range peers {
				if p.Peer == c.cloud.Addr().String() && p.Status == "up" {
					up++
				}
			}
		}
		return up == len(l.model.circuits), nil
	})
}

// expectation is the row of `validate -i` for the lab's gateway.
type expectation struct {
	DetectionMin float64 `json:"detection_min_seconds"`
	DetectionMax float64 `json:"detection_max_seconds"`
	RecoveryMin  float64 `json:"recovery_min_seconds"`
	RecoveryMax  float64 `json:"recovery_max_seconds"`
	CloudSeconds float64 `json:"cloud_detection_seconds"`
}

// expected asks the program what it promises for the scenario.
func (l *Lab) expected(ctx context.Context) (expectation, error) {
	out, err := l.twinpath(ctx, "validate", l.scenarioFile, "-i", l.inventoryFile, "--format", "json")
	if err != nil {
		return expectation{}, fmt.Errorf("validate the lab's scenario: %w", err)
	}
	var doc struct{ Gateways []expectation }
	if err := json.Unmarshal(out, &doc); err != nil {
		return expectation{}, fmt.Errorf("read what validate promises: %w", err)
	}
	if len(doc.Gateways) != 1 {
		return expectation{}, fmt.Errorf("validate speaks of %d gateways, the lab has one", len(doc.Gateways))
	}
	return doc.Gateways[0], nil
}
