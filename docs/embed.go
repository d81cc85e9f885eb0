// Package docs gives the program the pages that it quotes.
package docs

import _ "embed"

// Diagnostics is docs/diagnostics.md, one section a code.
//
//go:embed diagnostics.md
var Diagnostics string

// The JSON Schemas of the files that a user writes.
var (
	//go:embed schema/scenario.json
	ScenarioSchema string
	//go:embed schema/inventory.json
	InventorySchema string
)
