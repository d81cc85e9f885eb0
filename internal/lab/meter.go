package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// reading is the kernel's counters of the circuits' ports at a moment.
type reading struct {
	at      time.Time
	packets []uint64
}

// meter is what the kernel says of the circuits' ports over a time: what they
// sent, and how much of that the gateway sent itself. Both are in order.
type meter struct{ sent, own []reading }

var errNotRead = errors.New("the kernel's counters were not read over the whole of the judged time")

// between returns the packets that each port sent from one moment to another.
// Between two readings, which are a few milliseconds apart, the packets are
// taken to be spread evenly.
func (m *meter) between(from, until time.Time) ([]float64, error) {
	a, err := at(m.sent, from)
	if err != nil {
		return nil, err
	}
	b, err := at(m.sent, until)
	if err != nil {
		return nil, err
	}
	for i := range b {
		b[i] -= a[i]
	}
	return b, nil
}

// at returns the counters at a moment.
func at(rs []reading, t time.Time) ([]float64, error) {
	for k := 1; k < len(rs); k++ {
		a, b := rs[k-1], rs[k]
		if t.Before(a.at) || t.After(b.at) {
			continue
		}
		part := 0.0
		if d := b.at.Sub(a.at); d > 0 {
			part = float64(t.Sub(a.at)) / float64(d)
		}
		out := make([]float64, len(a.packets))
		for i := range out {
			out[i] = float64(a.packets[i]) + part*float64(b.packets[i]-a.packets[i])
		}
		return out, nil
	}
	return nil, errNotRead
}

// ownBetween returns how many packets of its own the gateway sent by each port:
// at least those between the readings inside the time, at most those between
// the readings around it.
func (m *meter) ownBetween(from, until time.Time) (least, most []float64, err error) {
	in := [2]int{-1, -1}
	around := in
	for k, r := range m.own {
		if !r.at.After(from) {
			around[0] = k
		}
		if !r.at.Before(from) && in[0] < 0 {
			in[0] = k
		}
		if !r.at.After(until) {
			in[1] = k
		}
		if !r.at.Before(until) && around[1] < 0 {
			around[1] = k
		}
	}
	if around[0] < 0 || around[1] < 0 {
		return nil, nil, errNotRead
	}
	n := len(m.own[0].packets)
	least, most = make([]float64, n), make([]float64, n)
	for i := range n {
		most[i] = float64(m.own[around[1]].packets[i] - m.own[around[0]].packets[i])
		if in[1] > in[0] {
			least[i] = float64(m.own[in[1]].packets[i] - m.own[in[0]].packets[i])
		}
	}
	return least, most, nil
}

// truth fills in what the kernel says of a judged time. What a port sent holds
// the gateway's own packets (BFD, ARP, answers to probes), of which it is known
// within a few how many lie in it: so the true share is a narrow band.
func (m *meter) truth(s *Split) error {
	sent, err := m.between(s.From, s.Until)
	if err != nil {
		return err
	}
	least, most, err := m.ownBetween(s.From, s.Until)
	if err != nil {
		return err
	}
	var low, high float64
	for i := range sent {
		low += max(sent[i]-most[i], 0)
		high += max(sent[i]-least[i], 0)
	}
	for i := range s.Circuits {
		c := &s.Circuits[i]
		lo, hi := max(sent[i]-most[i], 0), max(sent[i]-least[i], 0)
		c.Packets = uint64(sent[i] + 0.5)
		c.Kernel = (lo + hi) / max(low+high, 1)
		c.KernelLow = lo / max(lo+high-hi, 1)
		c.KernelHigh = min(hi/max(hi+low-lo, 1), 1)
	}
	return nil
}

// ownRules count, at each circuit's port, what is not on its way to the cloud.
func (m *model) ownRules() string {
	var b strings.Builder
	b.WriteString("table netdev own {\n")
	for i, c := range m.circuits {
		fmt.Fprintf(&b, "counter own%d { }\nchain out%d { type filter hook egress device %s priority 0; ip daddr %s accept; counter name own%d; }\n",
			i, i, c.port, m.cloud, i)
	}
	b.WriteString("}\n")
	return b.String()
}

// parseOwn reads those counters as nft prints them.
func (m *model) parseOwn(out []byte) ([]uint64, error) {
	var listed struct {
		Nftables []struct {
			Counter *struct {
				Name    string
				Packets uint64
			}
		}
	}
	if err := json.Unmarshal(out, &listed); err != nil {
		return nil, fmt.Errorf("read the counters of nft: %w", err)
	}
	packets := make([]uint64, len(m.circuits))
	found := 0
	for _, x := range listed.Nftables {
		for i := range m.circuits {
			if x.Counter != nil && x.Counter.Name == fmt.Sprintf("own%d", i) {
				packets[i] = x.Counter.Packets
				found++
			}
		}
	}
	if found != len(packets) {
		return nil, fmt.Errorf("nft lists %d of %d counters", found, len(packets))
	}
	return packets, nil
}
