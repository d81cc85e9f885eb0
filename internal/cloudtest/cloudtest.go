// Package cloudtest holds the rendered cloud side against Terraform itself and
// against a made-up account. It has tests only.
package cloudtest
