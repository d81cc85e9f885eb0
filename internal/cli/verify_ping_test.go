package cli_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPingEachCircuit: the manual's own test, from every system that has it.
func TestPingEachCircuit(t *testing.T) {
	for _, system := range []string{"cisco-iosxe", "huawei-vrp5", "huawei-vrp8", "juniper-junos", "juniper-srx"} {
		t.Run(system, func(t *testing.T) {
			w := newWindow(t, system)
			args := []string{"verify", "inventory/lab/scenario.yaml", "--pcap", "internal/flowtest/testdata/v9.pcap", "--ping", "--format", "json"}
			_, out, errors := w.run(args...)
			assert.Contains(t, out, "ec1: 10.0.0.1 from 10.0.0.2 answers 5 of 5 pings", errors)
			assert.Contains(t, out, "ec2: 10.0.0.5 from 10.0.0.6: the way leads over 10.0.0.5")
			assert.NotContains(t, out, "ping-lost")
			assert.NotContains(t, out, "ping-unknown")
		})
	}
}

// TestPingLost: a circuit whose far end does not answer is no pass, in every
// format.
func TestPingLost(t *testing.T) {
	w := newWindow(t, "cisco-iosxe")
	args := func(format string, more ...string) []string {
		return append([]string{"verify", "inventory/lab/scenario.yaml", "--pcap", "internal/flowtest/testdata/v9.pcap", "--format", format}, more...)
	}
	code, out, errors := w.run(args("text")...)
	require.Equal(t, 0, code, "%s%s", out, errors)
	for _, format := range []string{"text", "json", "markdown", "junit"} {
		code, out, errors = w.run(args(format, "--ping", "--ping-target", "198.51.100.1")...)
		assert.Equal(t, 9, code, "%s%s", out, errors)
		assert.Contains(t, out, "198.51.100.1 from 10.0.0.2 answers no ping")
		assert.Contains(t, out, "10.0.0.1 from 10.0.0.2 answers 5 of 5 pings")
	}
	code, _, errors = w.run(args("text", "--ping-target", "198.51.100.1")...)
	assert.Equal(t, 2, code, errors)
}

// TestPingWhereItIsNotKnown: the report says so, and the verdict stands.
func TestPingWhereItIsNotKnown(t *testing.T) {
	w := newWindow(t, "frr")
	_, out, errors := w.run("verify", "inventory/lab/scenario.yaml", "--pcap", "internal/flowtest/testdata/v9.pcap", "--ping")
	assert.Contains(t, out, "nothing was pinged: vtysh's ping takes no source", errors)
}

// TestPingFromHere: this machine pings too, by the addresses that are named.
func TestPingFromHere(t *testing.T) {
	w := newWindow(t, "frr")
	args := []string{"verify", "inventory/lab/scenario.yaml", "--pcap", "internal/flowtest/testdata/v9.pcap", "--ping", "--ping-from"}
	_, out, errors := w.run(append(slices.Clone(args), "127.0.0.1", "--ping-target", "127.0.0.1")...)
	assert.Regexp(t, "from here: 127.0.0.1 from 127.0.0.1( answers 5 of 5 pings|: this machine does not let the program ping)", out, errors)
	code, _, errors := w.run(append(slices.Clone(args), "gw1")...)
	assert.Equal(t, 2, code, errors)
}
