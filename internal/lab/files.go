package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
)

// Options are what a user of the lab chooses.
type Options struct {
	// Scenario and Inventory are the files that the lab is built from.
	Scenario, Inventory string
	// Flows is how many UDP flows cross the circuits, Cuts how often the short
	// cut is repeated.
	Flows, Cuts int
	// Bare leaves the gateway with its site side and SSH.
	Bare bool
}

// read decodes the two files. Their diagnostics are `twinpath validate`'s to
// print; here an invalid file is refused.
func (o Options) read() (*scenario.Scenario, *inventory.Inventory, error) {
	var list diag.List
	data, err := os.ReadFile(o.Scenario)
	if err != nil {
		return nil, nil, err
	}
	s := scenario.Decode(o.Scenario, data, &list)
	if data, err = os.ReadFile(o.Inventory); err != nil {
		return nil, nil, err
	}
	inv := inventory.Decode(o.Inventory, data, &list)
	if s == nil || inv == nil || list.HasErrors() {
		return nil, nil, fmt.Errorf("%s or %s is not valid; run `twinpath validate %s -i %s`", o.Scenario, o.Inventory, o.Scenario, o.Inventory)
	}
	return s, inv, nil
}

// sum identifies the two files by their content.
func (o Options) sum() (string, error) {
	h := sha256.New()
	for _, name := range []string{o.Scenario, o.Inventory} {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%d %s", len(data), data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// replaceBlock puts another value under a top-level key of a YAML file in block
// style, and adds the key when the file has none.
func replaceBlock(text, key, block string) string {
	var out []string
	inside, done := false, false
	for line := range strings.Lines(text) {
		if inside && (strings.HasPrefix(line, " ") || strings.TrimSpace(line) == "") {
			continue
		}
		inside = strings.HasPrefix(line, key+":")
		if !inside {
			out = append(out, line)
			continue
		}
		out = append(out, block+"\n")
		done = true
	}
	if !done {
		out = append(out, block+"\n")
	}
	return strings.Join(out, "")
}

// The exporter of the lab sees every packet and reports each flow every
// second, so that a verification takes seconds.
const exportEvery = 1

// untracked is the same scenario without tracking.
func untracked(text string) string { return replaceBlock(text, "tracking", "tracking: {method: none}") }

var (
	authLine = regexp.MustCompile(`(?m)^( +)auth:.*$`)
	flowLine = regexp.MustCompile(`(?m)^ +flow_source:.*\n`)
)

// labInventory is the inventory with the key that the lab made, with the
// interface indexes that the lab's gateway has, and with the switch's address,
// which exports beside the gateway's.
func labInventory(text, keyFile string, m *model) string {
	indexes := make([]string, len(m.circuits))
	for i, c := range m.circuits {
		indexes[i] = fmt.Sprintf("%s: %d", c.name, circuitIndex(i))
	}
	return authLine.ReplaceAllString(flowLine.ReplaceAllString(text, ""),
		fmt.Sprintf("${1}auth: {key_file: %s}\n${1}if_index: {%s}\n${1}flow_source: {address: %s}",
			keyFile, strings.Join(indexes, ", "), switchAddress.Addr()))
}
