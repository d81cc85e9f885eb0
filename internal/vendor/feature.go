package vendor

// Feature is one ability that a scenario can ask of an operating system. The
// list is the columns of the capability matrix.
type Feature struct {
	Name  string
	Title string
}

// Features are all abilities, in the order of the matrix.
var Features = []Feature{
	{"untagged-port", "circuit on a routed port"},
	{"tagged-port", "circuit on a VLAN sub-interface"},
	{"negotiation", "fixed speed and duplex"},
	{"mtu", "MTU of the circuit"},
	{"vrf", "circuits in a VRF"},
	{"ecmp", "per-flow load sharing over equal-cost static routes"},
	{"return-route", "pinned return route of the cloud's probe"},
	{"icmp-tracking", "static routes tracked by an ICMP probe"},
	{"icmp-recovery", "hold-down before a route returns (ICMP)"},
	{"icmp-many", "more than two ICMP-tracked circuits on a gateway"},
	{"icmp-single", "one ICMP-tracked circuit on a gateway without a gateway link"},
	{"probe-target", "ICMP probe of an address behind the cloud's router"},
	{"bfd-tracking", "static routes tracked by BFD"},
	{"bfd-echo", "BFD echo mode"},
	{"bfd-recovery", "hold-down before a route returns (BFD)"},
	{"untracked", "static routes without tracking"},
	{"standby-icmp", "active-standby with ICMP tracking"},
	{"standby-bfd", "active-standby with BFD"},
	{"standby-untracked", "active-standby without tracking"},
	{"gateway-link", "backup route over a link to the other gateway"},
	{"ipv6", "dual-stack circuits"},
	{"ipv6-icmp-tracking", "IPv6 static routes tracked by an ICMPv6 probe"},
	{"ipv6-bfd-tracking", "IPv6 static routes tracked by BFD"},
	{"netflow-v9", "egress NetFlow v9 / NetStream v9"},
	{"ipfix", "egress IPFIX"},
	{"sflow", "sFlow"},
	{"ipv6-netflow-v9", "NetFlow v9 of IPv6 traffic"},
	{"ipv6-ipfix", "IPFIX of IPv6 traffic"},
	{"security-zones", "security zones of the circuits"},
}

// Feature names that Go code asks for.
const (
	FeatureUntagged     = "untagged-port"
	FeatureTagged       = "tagged-port"
	FeatureNegotiation  = "negotiation"
	FeatureMTU          = "mtu"
	FeatureVRF          = "vrf"
	FeatureECMP         = "ecmp"
	FeatureReturn       = "return-route"
	FeatureICMP         = "icmp-tracking"
	FeatureICMPRecovery = "icmp-recovery"
	FeatureICMPMany     = "icmp-many"
	FeatureICMPSingle   = "icmp-single"
	FeatureTarget       = "probe-target"
	FeatureBFD          = "bfd-tracking"
	FeatureBFDEcho      = "bfd-echo"
	FeatureBFDRecovery  = "bfd-recovery"
	FeatureUntracked    = "untracked"
	FeatureStandby      = "standby-" // completed by the method
	FeatureGatewayLink  = "gateway-link"
	FeatureIPv6         = "ipv6"
	FeatureIPv6ICMP     = "ipv6-icmp-tracking"
	FeatureIPv6BFD      = "ipv6-bfd-tracking"
	FeatureZones        = "security-zones"
	FeatureIPv6Prefix   = "ipv6-" // completed by the flow protocol
)

// Title returns what a feature is in words.
func Title(name string) string {
	for _, f := range Features {
		if f.Name == name {
			return f.Title
		}
	}
	return name
}
