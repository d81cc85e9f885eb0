// Package kafka reads flow samples from a topic that goflow2 fills, so that an
// estate whose export already goes through Kafka, or is too large for one
// machine, is verified from there. Several verifications may share a topic as a
// consumer group; each counts the partitions that it is given, and their counts
// are merged afterwards.
//
// A topic tells less than the export did. goflow2 v2 does not pass on sFlow
// counters and drops, the data source, the sampler of a record and the
// direction; it reports a rate of 0 or 1 for NetFlow and IPFIX when it did not
// understand the options, so those are taken for unknown. What was lost before
// the topic cannot be seen either: template and options datagrams leave no
// message, so gaps of the sequence numbers prove nothing.
package kafka
