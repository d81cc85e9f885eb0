// Package vendors holds, as data, everything that the engine must know of an
// operating system, or of a cloud. One folder is one of them; a new folder is
// picked up without an edit.
package vendors

import "embed"

// FS holds the profiles, what each system does with a typed line (for the
// simulator, which judges the planner) and, for systems that can be pushed to,
// how their command line is talked to. Of each cloud: its limits, what its
// Terraform provider takes, and where an existing set-up's values stand.
//
//go:embed */terminal/*.tmpl
//go:embed */profile.yaml */platform.yaml */device.yaml */show/*.yaml
//go:embed */provider.yaml */schema.yaml */import.yaml
var FS embed.FS
