package flow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// padded is a text of n bytes in hex, filled up with zeros as exporters do.
func padded(s string, n int) string {
	return fmt.Sprintf("%x", s+strings.Repeat("\x00", n-len(s)))
}

// TestInterfaceNames reads the interface tables of the three forms in use:
// v9 with the index beside the scope "system", v9 with the scope "interface",
// and IPFIX with ingressInterface as scope and a name of variable length.
func TestInterfaceNames(t *testing.T) {
	cut := "Gi0/0/1\x1b[31m"
	for _, c := range []struct {
		name      string
		datagrams [][]byte
	}{
		{"v9, system", [][]byte{
			v9Message(t, 9, "0001001a 0101 0004 000c 00010004 000a0004 00520010 00530020"),
			v9Message(t, 9, "0101003c 00000000 0000000c "+padded(cut, 16)+padded("to the cloud, circuit 1", 32)),
		}},
		{"v9, interface", [][]byte{
			v9Message(t, 9, "00010016 0101 0004 0008 00020004 00520010 00530020 01010038 0000000c "+padded(cut, 16)+padded("to the cloud, circuit 1", 32)),
		}},
		{"IPFIX", [][]byte{
			unhex(t, "000a0026 6553f100 00000001 00000009 00030016 0101 0003 0001 000a0004 0052ffff 0053ffff"),
			unhex(t, "000a003d 6553f100 00000001 00000009 0101002d 0000000c 0c "+padded(cut, 12)+" 17 "+padded("to the cloud, circuit 1", 23)),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDecoder(router, func(*Sample) { t.Error("a sample of options") })
			var heard []Interface
			d.onInterface = func(i *Interface) { heard = append(heard, *i) }
			for range 2 { // exporters repeat their tables
				for _, b := range c.datagrams {
					d.datagram(b, noon)
				}
			}
			st := d.snapshot()
			assert.Zero(t, st.Errors.Total(), st.LastError)
			require.Len(t, st.Interfaces, 1)
			i := st.Interfaces[0]
			assert.EqualValues(t, 12, i.Index)
			assert.EqualValues(t, 9, i.Domain)
			assert.Equal(t, "Gi0/0/1[31m", i.Name, "no control characters")
			assert.Equal(t, "to the cloud, circuit 1", i.Description)
			assert.Equal(t, st.Interfaces, heard, "handed over once")
		})
	}
}

func TestInterfacesAreBounded(t *testing.T) {
	d := newDecoder(router, func(*Sample) {})
	d.datagram(v9Message(t, 9, "00010012 0101 0004 0004 00020004 00520010"), noon)
	for i := range 2 * maxInterfaces {
		d.datagram(v9Message(t, 9, fmt.Sprintf("01010018 %08x ", i+1)+padded("x", 16)), noon)
	}
	st := d.snapshot()
	assert.Len(t, st.Interfaces, maxInterfaces)
	assert.EqualValues(t, maxInterfaces, st.Errors[TableFull])
}

// counterDatagram is an sFlow datagram with one counter sample of interface 12.
func counterDatagram(tb testing.TB, expanded bool, in, out uint64, outPackets uint32) []byte {
	tb.Helper()
	record := fmt.Sprintf(`00000001 00000058 0000000c 00000006 00000002540be400 00000001 00000003
		%016x 00000001 00000000 00000000 00000002 00000001 00000000
		%016x %08x 00000000 00000001 00000000 00000005 00000000`, in, out, outPackets)
	sample := "00000002 0000006c 00000001 0000000c 00000001"
	if expanded {
		sample = "00000004 00000070 00000001 00000000 0000000c 00000001"
	}
	return unhex(tb, "00000005 00000001 c0000201 00000003 00000001 00000001 00000001 "+sample+record)
}

func TestCounters(t *testing.T) {
	for _, expanded := range []bool{false, true} {
		d := newDecoder(router, func(*Sample) { t.Error("a sample of counters") })
		var heard []Counters
		d.onCounters = func(c *Counters) { heard = append(heard, *c) }
		for i, r := range []struct {
			in, out uint64
			packets uint32
		}{{1000, 5000, 1<<32 - 10}, {1500, 9000, 20}, {10, 20, 5}, {110, 220, 7}} {
			d.datagram(counterDatagram(t, expanded, r.in, r.out, r.packets), noon.Add(time.Duration(i)*time.Second))
		}
		st := d.snapshot()
		assert.Zero(t, st.Errors.Total(), st.LastError)
		assert.Zero(t, st.Records)
		assert.EqualValues(t, 4, st.Readings)
		require.Len(t, heard, 4)
		assert.Equal(t, Counters{
			Exporter: router, Domain: 3, Index: 12, Speed: 10e9, InBytes: 1000, OutBytes: 5000,
			InPackets: 1, OutPackets: 1<<32 - 9, InLost: 3, OutLost: 5, Up: true, Received: noon,
		}, heard[0])
		require.Len(t, st.Counters, 1)
		assert.Equal(t, CounterSpan{
			Domain: 3, Index: 12, From: noon, To: noon.Add(3 * time.Second), Readings: 4,
			InBytes: 500 + 100, OutBytes: 4000 + 200, OutPackets: 30 + 2, Resets: 1, Speed: 10e9, Up: true,
		}, st.Counters[0], "the wrap of 32 bits is counted, the new beginning left out")
	}
}

func TestDropNoticesAreNoSamples(t *testing.T) {
	b := unhex(t, `00000005 00000001 c0000201 00000000 00000001 00000001 00000001
		00000005 00000020 00000001 00000000 0000000c 00000000 0000000c 00000000 00000101 00000000`)
	samples, st := decodeAll(b)
	assert.Empty(t, samples)
	assert.Zero(t, st.Errors.Total(), st.LastError)
	assert.EqualValues(t, 1, st.DropEvents)
}
