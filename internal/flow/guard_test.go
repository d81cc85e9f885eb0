package flow

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const (
	v9Head = "00090001 000003e8 6553f100 00000001 00000000 "
	// sflowCrash is an expanded flow sample; its record count follows.
	sflowCrash = `00000005 00000001 c0000201 00000000 00000001 00000001 00000001 00000003 0000002c 00000001
		00000000 00000001 000003e8 00000000 00000000 00000000 00000001 00000000 00000002 `
)

// manyFields is a v9 template of k fields, the first of one byte and the rest of
// none, and d bytes of data for it.
func manyFields(tb testing.TB, k, d int) [][]byte {
	tb.Helper()
	head := unhex(tb, v9Head)
	tpl := append(append([]byte{}, head...), 0, 0)
	tpl = be.AppendUint16(tpl, uint16(8+4*k))
	tpl = be.AppendUint16(tpl, 512)
	tpl = be.AppendUint16(tpl, uint16(k))
	for i := range k {
		tpl = append(tpl, 0, 1, 0, 0)
		if i == 0 {
			tpl[len(tpl)-1] = 1
		}
	}
	data := append(append([]byte{}, head...), 2, 0)
	data = be.AppendUint16(data, uint16(4+d))
	return [][]byte{tpl, append(data, make([]byte, d)...)}
}

// crashers are datagrams that end, hang or fool a process that hands them to
// goflow2 v2.2.6 as they come.
func crashers(tb testing.TB) map[string][][]byte {
	tb.Helper()
	return map[string][][]byte{
		"sFlow record count of 2^32-1":       {unhex(tb, sflowCrash+"ffffffff")},
		"sFlow record count of 50 million":   {unhex(tb, sflowCrash+"02faf080")},
		"IPFIX withdrawal, then data":        {unhex(tb, "000a0018 6553f100 00000001 00000000 00020008 01000000"), unhex(tb, "000a001c 6553f100 00000001 00000000 0100000c 00000000 00000000")},
		"v9 field without bytes, then data":  {unhex(tb, v9Head+"0000000c 01000001 00010000"), unhex(tb, v9Head+"0100000c 00000000 00000000")},
		"v5 header with 60000 records":       {unhex(tb, "0005ea60 000003e8 6553f100 00000000 00000001 00000000")},
		"340 fields for each byte":           manyFields(tb, 340, 1400),
		"2000 fields for each byte":          manyFields(tb, 2000, 8000),
		"16000 fields for each byte":         manyFields(tb, 16000, 65000),
		"v9 template of 65535 absent fields": {unhex(tb, v9Head+"0000000c 0100ffff 00010004")},
		"sFlow text longer than its record":  {unhex(tb, strings.Replace(sflowCrash, "0000002c", "00000040", 1)+"00000001 0000040d 0000000c 00000001 ffffffff 00000000")},
	}
}

func TestCrashDatagramsAreCounted(t *testing.T) {
	for name, datagrams := range crashers(t) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, st := decodeAll(datagrams...)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			assert.Less(t, took, time.Second)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), "bytes allocated")
			assert.EqualValues(t, len(datagrams), st.Datagrams)
			if !strings.HasSuffix(name, "each byte") { // legal, and read without a cost
				assert.Positive(t, st.Errors.Total()+st.UnknownSets, "nothing was counted")
			}
		})
	}
}

func TestBrokenSampleCostsOnlyItself(t *testing.T) {
	good := encodedSFlow(t, 1)
	// A sample of an enterprise's own format and one with a lying count before it.
	b := append([]byte{}, good[:24]...)
	b = append(b, unhex(t, `00000003 010cc001 00000004 00000000 00000003 0000002c 00000001 00000000 00000001 000003e8
		00000000 00000000 00000000 00000001 00000000 00000002 ffffffff`)...)
	b = append(b, good[28:]...)
	samples, st := decodeAll(b)
	assert.Len(t, samples, 1)
	assert.EqualValues(t, 1, st.Errors[Malformed])
}

func TestBrokenSetCostsOnlyItself(t *testing.T) {
	// An unknown template's data between a template and its data.
	b := unhex(t, v9Head+"0000000c 01000001 00020004 03e70008 00000000 01000008 00000005")
	samples, st := decodeAll(b)
	assert.Len(t, samples, 1)
	assert.EqualValues(t, 1, st.UnknownSets)
	assert.EqualValues(t, 5, samples[0].Packets)
}

func FuzzDecode(f *testing.F) {
	for _, ds := range crashers(f) {
		if len(ds[len(ds)-1]) > 9000 {
			continue // long inputs take the fuzzer's time and show it nothing new
		}
		if len(ds) == 1 {
			f.Add(ds[0], []byte(nil))
		} else {
			f.Add(ds[0], ds[1])
		}
	}
	f.Add(encodedSFlow(f, 3), []byte{})
	f.Add(unhex(f, v9Head+"0000000c 01000001 00020004 01000008 00000005"), unhex(f, v9Head+"01000008 00000005"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a)+len(b) > 2*maxDatagram {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d := newDecoder(router, func(s *Sample) {
			if s.Packets == 0 {
				t.Fatal("a sample without packets")
			}
		})
		d.datagram(a, noon)
		d.datagram(b, noon)
		d.datagram(a, noon)
		d.snapshot()
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
			t.Fatalf("%d bytes of datagrams made %d bytes be allocated", len(a)+len(b), grown)
		}
	})
}
