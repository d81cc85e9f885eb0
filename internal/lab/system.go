package lab

import (
	_ "embed"
	"path/filepath"
	"strings"
)

// system is the id of the operating system that the lab's gateway runs, a
// folder of vendors/.
//
//go:embed files/system
var system string

// DefaultInventory is the inventory of the lab's gateway beside a scenario.
func DefaultInventory(scenario string) string {
	return filepath.Join(filepath.Dir(scenario), strings.TrimSpace(system)+".yaml")
}
