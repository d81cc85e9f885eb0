package reach

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/icmp"
)

// TestPing: the machine answers itself, where the kernel lets anybody ask.
func TestPing(t *testing.T) {
	self := netip.MustParseAddr("127.0.0.1")
	may := false
	for _, network := range []string{"udp4", "ip4:icmp"} {
		if c, err := icmp.ListenPacket(network, "127.0.0.1"); err == nil {
			may = true
			assert.NoError(t, c.Close())
		}
	}
	n, err := Ping(t.Context(), self, self)
	if !may {
		assert.ErrorContains(t, err, "does not let the program ping")
		return
	}
	require.NoError(t, err)
	assert.Equal(t, Count, n)
}

// TestPingFromAStranger: an address that is not the machine's cannot be a source.
func TestPingFromAStranger(t *testing.T) {
	_, err := Ping(t.Context(), netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("127.0.0.1"))
	assert.Error(t, err)
}

func TestRouters(t *testing.T) {
	out := "traceroute to 192.168.1.10 (192.168.1.10), 12 hops max, 60 byte packets\n 1  172.16.1.1  0.301 ms\n 2  *\n 3  192.168.1.10  1.022 ms\n"
	assert.Equal(t, []string{"172.16.1.1", "192.168.1.10"}, routers([]byte(out)))
}
