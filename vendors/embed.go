// Package vendors holds, as data, everything that the engine must know of an
// operating system. One folder is one system; a new folder is picked up
// without an edit.
package vendors

import "embed"

// FS holds the profiles.
//
//go:embed */profile.yaml
var FS embed.FS
