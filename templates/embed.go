// Package templates holds the templates that print a gateway's configuration.
// One folder is one operating system.
package templates

import "embed"

// FS holds the templates.
//
//go:embed */*.tmpl
var FS embed.FS
