// Package lab is the Linux lab: a gateway of real router software with two
// circuits to a cloud that behaves as the cloud does, in network namespaces on
// one machine. What the program claims of failover and of the split is measured
// here.
//
// Everything runs in a bubble: one process in mount, pid, network and UTS
// namespaces of its own. When that process ends, however it ends, the kernel
// ends every other one in the bubble and drops its namespaces and mounts.
// Nothing of it is ever visible on the host.
//
// The gateway is configured only by the program's own commands, run as
// processes of the same binary in the data centre's namespace: the lab depends
// on what a user can type, not on how it is built.
//
// The lab refuses to be a judge of what it cannot see: what the kernel at hand
// lacks is named as not tested.
package lab
