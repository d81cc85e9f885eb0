// Package cloud renders the cloud's end of a scenario as Terraform, so that
// both ends come from one file. It decides (which names, which ids are asked
// for, which probe sources are expected), the templates of templates/<cloud>/
// print, and every printed file is parsed and held against the table of the
// provider's arguments in vendors/<cloud>/schema.yaml before it leaves.
//
// It never talks to a cloud, orders nothing, and refuses what a file cannot
// say or what no document of the cloud confirms.
package cloud
