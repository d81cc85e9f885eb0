package device

import (
	"testing"

	"github.com/scrapli/scrapligo/platform"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// prompted is a session that has seen a first prompt of a system.
func prompted(t *testing.T, os, prompt string) *Session {
	t.Helper()
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	definition, err := reg.Dialogue(os)
	require.NoError(t, err)
	p, err := platform.NewPlatform(definition, "gateway")
	require.NoError(t, err)
	d, err := p.GetNetworkDriver()
	require.NoError(t, err)
	s := &Session{driver: d}
	require.NoError(t, s.patterns())
	require.True(t, s.hostName(prompt), "%q is a first prompt", prompt)
	require.NoError(t, s.anchorTo())
	return s
}

// TestPromptsOfSystems: what is a prompt, and of which mode, and what only
// looks like one. Each list begins with the first prompt.
func TestPromptsOfSystems(t *testing.T) {
	t.Parallel()
	const none = ""
	for os, lists := range map[string][][][2]string{
		"cisco-iosxe": {{
			{"r1#", "exec"},
			{"r1>", "user"},
			{"r1(config)#", "configuration"},
			{"r1(config-ip-sla-echo)#", "configuration"},
			{"r1(config-if)#", "configuration"},
			{"r1(config-router-af)#", "configuration"},
			{"r2#", none},
			{"r1(tcl)#", none},
			{"r1(config)# ip route", none},
			{"description r1#", none},
		}, {
			{"gateway-of-the-data-centre-in-shanghai#", "exec"},
			{"gateway-of-the-data-(config)#", "configuration"},
			{"gateway-of-the-data-centre-in-shanghai(config-if)#", "configuration"},
			{"gateway-of-the-data-#", none},
		}},
		"frr": {{
			{"gw1#", "exec"},
			{"gw1(config)#", "configuration"},
			{"gw1(config-bfd-profile)#", "configuration"},
			{"gw10#", none},
		}},
		"huawei-vrp5": {{
			{"<AR730>", "exec"},
			{"[AR730]", "configuration"},
			{"[AR730-GigabitEthernet0/0/1]", "configuration"},
			{"[AR730-nqa-admin-wan1]", "configuration"},
			{"HRP_M<AR730>", "exec"},
			{"HRP_S[AR730-policy-security]", "configuration"},
			{"[V300R024C00SPC100]", none},
			{"[V200R003C00]", none},
			{"[~AR730]", "candidate"},
			{"[Y/N]", none},
			{"Warning: continue? [Y/N]", none},
			{"<AR731>", none},
		}},
		"huawei-vrp8": {{
			{"<HUAWEI>", "exec"},
			{"[~HUAWEI]", "configuration"},
			{"[*HUAWEI]", "configuration-dirty"},
			{"[*HUAWEI-bfd-session-aa]", "configuration-dirty"},
			{"[~HUAWEI-10GE1/0/1]", "configuration"},
			{"[HUAWEI]", "immediate"},
			{"[V300R023C00SPC500]", none},
			{"[Y/N]", none},
		}, {
			{"HRP_M<fw1>", "exec"},
			{"<fw1>", "exec"},
			{"HRP_M[~fw1]", "configuration"},
			{"HRP_A[*fw1-interface]", "configuration-dirty"},
		}},
		"juniper-junos": {{
			{"netops@mx1>", "exec"},
			{"netops@mx1#", "configuration"},
			{"{master:0}", none},
			{"[edit]", none},
			{"netops@mx2>", none},
			{"set system host-name mx1#", none},
		}, {
			{"root@mx1:~ #", "shell"},
			{"root@mx1%", "shell"},
		}, {{"%", "shell"}}, {{"root@:~ #", "shell"}}},
		"juniper-srx": {{
			{"netops@srx1-node0>", "exec"},
			{"netops@srx1-node0#", "configuration"},
			{"{primary:node0}", none},
		}},
	} {
		for _, list := range lists {
			s := prompted(t, os, list[0][0])
			for _, p := range list {
				s.mode = none
				s.stand(p[0])
				assert.Equal(t, p[1], s.mode, "%s, host %q: %q", os, s.host, p[0])
			}
		}
	}
}
