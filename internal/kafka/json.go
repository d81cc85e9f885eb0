package kafka

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
)

// document is a FlowMessage as goflow2's -format json writes it. Names and
// numbers both occur where a mapping file of the operator says how to write a
// field.
type document struct {
	Type       word   `json:"type"`
	Received   nanos  `json:"time_received_ns"`
	Rate       uint64 `json:"sampling_rate"`
	Sampler    ip     `json:"sampler_address"`
	Start      nanos  `json:"time_flow_start_ns"`
	End        nanos  `json:"time_flow_end_ns"`
	Bytes      uint64 `json:"bytes"`
	Packets    uint64 `json:"packets"`
	Src        ip     `json:"src_addr"`
	Dst        ip     `json:"dst_addr"`
	Proto      word   `json:"proto"`
	SrcPort    uint64 `json:"src_port"`
	DstPort    uint64 `json:"dst_port"`
	In         uint64 `json:"in_if"`
	Out        uint64 `json:"out_if"`
	SrcVLAN    uint64 `json:"src_vlan"`
	DstVLAN    uint64 `json:"dst_vlan"`
	Forwarding uint64 `json:"forwarding_status"`
	NextHop    ip     `json:"next_hop"`
	BGPNextHop ip     `json:"bgp_next_hop"`
	Domain     uint64 `json:"observation_domain_id"`
}

// word is a name or a number, without quotes.
type word string

// UnmarshalJSON takes a text or a number.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = word(strings.Trim(string(b), `"`))
	return nil
}

// ip is an address; what is none, such as an empty text, becomes none.
type ip struct{ netip.Addr }

// UnmarshalJSON takes any text: goflow2 leaves it empty where there is no address.
func (a *ip) UnmarshalJSON(b []byte) error {
	got, err := netip.ParseAddr(strings.Trim(string(b), `"`))
	if err == nil && !got.IsUnspecified() {
		a.Addr = got.Unmap()
	}
	return nil
}

// nanos is a time in nanoseconds, or written as RFC 3339.
type nanos uint64

// UnmarshalJSON takes a number or a text, by the renderer that the operator chose.
func (n *nanos) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if v, err := strconv.ParseUint(s, 10, 64); err == nil {
		*n = nanos(v)
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err == nil && at.UnixNano() > 0 {
		*n = nanos(at.UnixNano())
	}
	return nil
}

var kinds = map[word]flow.Protocol{
	"SFLOW_5": flow.SFlow, "NETFLOW_V5": flow.NetFlowV5, "NETFLOW_V9": flow.NetFlowV9, "IPFIX": flow.IPFIX,
	"1": flow.SFlow, "2": flow.NetFlowV5, "3": flow.NetFlowV9, "4": flow.IPFIX,
}

// protocols are the names that goflow2 gives to what crosses a circuit most. The
// number only keeps flows apart, so another one becomes 255.
var protocols = map[word]uint64{
	"ICMP": 1, "IPv4": 4, "TCP": 6, "UDP": 17, "IPv6": 41, "GRE": 47, "ESP": 50, "AH": 51, "IPv6-ICMP": 58, "OSPFIGP": 89,
	"PIM": 103, "VRRP": 112, "SCTP": 132, "": 0,
}

// json reads one message of JSON.
func (m *message) json(b []byte) error {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return err
	}
	proto, known := protocols[d.Proto]
	if !known {
		n, err := strconv.ParseUint(string(d.Proto), 10, 8)
		if proto = n; err != nil {
			proto = 255
		}
	}
	*m = message{
		kind: kinds[d.Type], received: uint64(d.Received), rate: d.Rate, sampler: d.Sampler.Addr,
		start: uint64(d.Start), end: uint64(d.End), bytes: d.Bytes, packets: d.Packets, src: d.Src.Addr, dst: d.Dst.Addr,
		proto: proto, srcPort: d.SrcPort, dstPort: d.DstPort, in: d.In, out: d.Out, srcVLAN: d.SrcVLAN, dstVLAN: d.DstVLAN,
		forwarding: d.Forwarding, nextHop: d.NextHop.Addr, bgpHop: d.BGPNextHop.Addr, domain: d.Domain,
	}
	if m.kind == 0 || !m.sampler.IsValid() {
		return errMessage
	}
	return nil
}
