// Package clouds holds, as data, everything that the engine must know of a
// cloud: its limits, what its Terraform provider takes, and where each fact is
// from. One folder is one word of cloud.provider; the templates stand in
// templates/ under the same name.
package clouds

import "embed"

// FS holds the data.
//
//go:embed */provider.yaml */schema.yaml */import.yaml
var FS embed.FS
