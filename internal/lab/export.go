package lab

import (
	"fmt"
	"net/netip"
	"strconv"
)

// export is one stream of flow samples. The lab verifies the same seconds by
// each, so that a fault of one exporter or decoder shows beside the others.
type export struct {
	// name is for the table, protocol the scenario's word.
	name, protocol string
	sampling       int
	// port is added to the scenario's collector port: each has a listener.
	port uint16
	// mirrored is true for the switch, which sees copies of the packets.
	mirrored bool
}

// The exports. pmacct's uacctd counts every packet that the gateway forwards;
// Open vSwitch samples what leaves by the circuits' ports.
var (
	netflowExport = export{name: "NetFlow v9", protocol: "netflow-v9", sampling: 1}
	ipfixExport   = export{name: "IPFIX", protocol: "ipfix", sampling: 1, port: 1}
	sflowExport   = export{name: "sFlow 1 in 10", protocol: "sflow", sampling: 10, port: 2, mirrored: true}
)

// exports are in the order of the table.
var exports = []export{netflowExport, ipfixExport, sflowExport}

// collector returns where the stream goes to.
func (m *model) collectorOf(e export) netip.AddrPort {
	return netip.AddrPortFrom(m.collector.Addr(), m.collector.Port()+e.port)
}

// comparedAt is the confidence of the lab's verifications. A run compares nine
// windows with the kernel's counters, and all of them must hold: at 95 % one run
// in three would fail by chance, at 99.9 % one in a hundred.
const comparedAt = 0.999

// labScenario is the scenario as the lab runs it: the same, but for the export
// of flows, which something beside the gateway does, and for the confidence.
func labScenario(text string, m *model, e export) string {
	text = replaceBlock(text, "split", "split: {"+m.floor+", confidence: "+number(comparedAt)+"}")
	return replaceBlock(text, "flow_export", fmt.Sprintf(
		"flow_export: {protocol: %s, collector: %q, sampling: %d, active_timeout: %ds, exporter: external}",
		e.protocol, m.collectorOf(e), e.sampling, exportEvery))
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
