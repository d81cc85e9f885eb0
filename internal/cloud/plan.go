package cloud

import "net/netip"

// Plan is what the cloud's end must have, decided: templates only print it.
type Plan struct {
	Scenario string
	// Title is the cloud's product, Constraint the versions of the Terraform
	// provider that the files are for.
	Title, Constraint string
	Region            string
	// Standby is true for mode active-standby, LastPreference the largest of
	// its preferences.
	Standby        bool
	LastPreference int
	// IPv6 is true when a circuit has an IPv6 side.
	IPv6 bool
	// SitePrefixes and CloudPrefixes are sorted, IPv4 first. Elsewhere are the
	// prefixes of the site whose routes are made outside of the scenario.
	SitePrefixes, CloudPrefixes, Elsewhere []netip.Prefix
	// Account owns network and hub; empty when the scenario does not name it.
	Account string
	Network Network
	Hub     Hub
	// Connections are the physical circuits, Circuits what lies on them, both
	// in the order of the scenario.
	Connections []*Connection
	Circuits    []*Circuit
	// Owners are the other accounts that own circuits, sorted.
	Owners []*Owner
	// Pairs are the pairs of physical circuits, for the rule about access points.
	Pairs []Pair
}

// Network is the cloud network. An empty id is asked for as a variable.
type Network struct {
	ID      string
	Subnets []Subnet
}

// Subnet is one zone of the network.
type Subnet struct{ Zone, ID string }

// Hub is what joins border routers and network. An empty id is asked for.
type Hub struct {
	Network, Router             string
	CreateNetwork, CreateRouter bool
}

// Owner is an account other than the hub's.
type Owner struct {
	Account string
	// Alias is the provider configuration that works in that account.
	Alias string
}

// Connection is one physical circuit: ordered by people, looked up here.
type Connection struct {
	// Name is the name of its first circuit.
	Name string
	// ID is empty when it is asked for.
	ID          string
	AccessPoint string
	RedundantTo string
	Owner       *Owner
}

// Pair is two physical circuits.
type Pair struct{ A, B *Connection }

// Circuit is one border router with what belongs to it.
type Circuit struct {
	Name       string
	Router     string
	Connection *Connection
	VLAN       int
	// MTU is in bytes, Bandwidth in Mbit/s and 0 when it is left to the cloud.
	MTU, Bandwidth int
	V4             Link
	V6             *Link
	Health         *Health
	// ByHand is true when the scenario names an IPv6 health check: no document
	// of the cloud knows one, so that whoever has it made it by hand.
	ByHand bool
	BFD    *BFD
	Owner  *Owner
	// Preference is 0 in mode active-active; the lowest carries the traffic.
	Preference int
}

// Link is one address family of a circuit.
type Link struct{ Cloud, Gateway netip.Prefix }

// Health is the cloud's probe of one circuit.
type Health struct {
	// Custom is the source to set, the zero Addr when the cloud chooses it.
	Custom netip.Addr
	// Expected is the source that the scenario names for an automatic one, the
	// zero Addr for `source: auto`.
	Expected netip.Addr
	Target   netip.Addr
	// Interval is in seconds, Probes the number of lost probes in a row.
	Interval, Probes int
}

// BFD is the cloud's end of a BFD session.
type BFD struct {
	// Interval is in milliseconds.
	Interval, Multiplier int
}
