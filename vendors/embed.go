// Package vendors holds, as data, everything that the engine must know of an
// operating system. One folder is one system; a new folder is picked up
// without an edit.
package vendors

import "embed"

// FS holds the profiles, what each system does with a typed line (for the
// simulator, which judges the planner) and, for systems that can be pushed to,
// how their
// command line is talked to.
//
//go:embed */terminal/*.tmpl
//go:embed */profile.yaml */platform.yaml */device.yaml */show/*.yaml
var FS embed.FS
