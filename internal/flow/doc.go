// Package flow turns the datagrams of flow exporters (NetFlow v5 and v9, IPFIX,
// sFlow v5) into samples. It listens on a socket of its own or reads a capture
// file, takes datagrams of known exporters only, and counts everything that it
// could not use, because what is lost decides how far a share may be believed.
//
// Templates, NetFlow v5 and sFlow samples are decoded by goflow2. Three things
// are done here:
//
//   - Every length and count in a datagram is checked before goflow2 sees the
//     bytes. goflow2 v2.2.6 reserves memory for the record count that an
//     expanded sFlow sample claims, never comes back from a data set whose
//     template has no fields, and makes up records of a truncated v5 datagram.
//   - Data records are read with the fields that a verification needs and no
//     others, straight from the bytes, so that nothing is reserved per field
//     and one unknown template does not cost the rest of a datagram.
//   - Sampling rates are taken from every encoding in use, sampler by sampler.
//
// The package decides nothing about circuits; that is package split.
package flow
