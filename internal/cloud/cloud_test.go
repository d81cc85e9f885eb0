package cloud_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// decode reads a scenario that must be right.
func decode(t *testing.T, name, text string) *scenario.Scenario {
	t.Helper()
	var list diag.List
	s := scenario.Decode(name, []byte(text), &list)
	require.False(t, list.HasErrors(), "%s: %v", name, list.Sorted())
	return s
}

// render renders the cloud's end, or returns nil when it is refused.
func render(t *testing.T, s *scenario.Scenario) (files map[string]string, plan *cloud.Plan) {
	t.Helper()
	provider := s.Cloud.Provider.Val
	schema, err := cloud.LoadSchema(vendors.FS, provider)
	require.NoError(t, err)
	var list diag.List
	plan = cloud.Build(s, schema, &list)
	if plan == nil {
		require.True(t, list.HasErrors())
		return nil, nil
	}
	out, err := cloud.Render(templates.FS, provider, plan, schema)
	require.NoError(t, err)
	files = map[string]string{}
	for _, f := range out {
		files[f.Name] = f.Text
	}
	return files, plan
}

// shipped calls each for every shipped scenario whose cloud's end is rendered.
func shipped(t *testing.T, each func(t *testing.T, s *scenario.Scenario, p *cloud.Plan, files map[string]string)) {
	t.Helper()
	names, err := filepath.Glob("../../inventory/*/scenario.yaml")
	require.NoError(t, err)
	n := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		s := decode(t, name, string(text))
		files, p := render(t, s)
		if files == nil {
			continue
		}
		n++
		t.Run(s.Name.Val, func(t *testing.T) { each(t, s, p, files) })
	}
	require.Greater(t, n, 10)
}

// blocks returns the text of every top-level block of a type and label, by the
// last label.
func blocks(files map[string]string, head string) map[string]string {
	out := map[string]string{}
	re := regexp.MustCompile(`(?ms)^` + regexp.QuoteMeta(head) + ` "([^"]+)" \{\n(.*?)^\}`)
	for _, text := range files {
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			out[m[1]] = m[2]
		}
	}
	return out
}

// TestEveryBorderRouterRoutesEveryPrefix: all border routers carry the same
// destinations (R1), over the interface that only the data source knows.
func TestEveryBorderRouterRoutesEveryPrefix(t *testing.T) {
	shipped(t, func(t *testing.T, s *scenario.Scenario, p *cloud.Plan, files map[string]string) {
		for _, prefix := range s.Site.Prefixes {
			if prefix.Val.Addr().Is4() || !s.Cloud.IPv6Elsewhere {
				assert.Contains(t, files["main.tf"], `"`+prefix.Val.String()+`"`)
			} else {
				assert.Contains(t, files["main.tf"], "# The route to "+prefix.Val.String()+" is made elsewhere")
			}
		}
		if s.Cloud.Provider.Val != "alibaba" {
			return
		}
		routes := blocks(files, `resource "alicloud_route_entry"`)
		assert.Len(t, routes, len(p.Circuits))
		for _, c := range p.Circuits {
			route := routes[c.Name+"_to_site"]
			assert.Contains(t, route, "for_each = toset(local.site_prefixes)")
			assert.Regexp(t, `nexthop_id\s+= data\.alicloud_express_connect_virtual_border_routers\.`+c.Name+`\.routers\[0\]\.vlan_interface_id\n`, route)
			assert.Regexp(t, `route_table_id\s+= alicloud_express_connect_virtual_border_router\.`+c.Name+`\.route_table_id\n`, route)
		}
	})
}

// TestCircuitsAreSymmetric: what is rendered for one circuit is rendered for
// each, and differs in names, ids, numbers and addresses only.
func TestCircuitsAreSymmetric(t *testing.T) {
	kinds := regexp.MustCompile(`(?m)^(?:resource|data) "([^"]+)" "([^"]+)"`)
	shipped(t, func(t *testing.T, s *scenario.Scenario, p *cloud.Plan, files map[string]string) {
		have := map[string][]string{}
		for _, m := range kinds.FindAllStringSubmatch(files["main.tf"], -1) {
			name, _, _ := strings.Cut(m[2], "_to_")
			have[name] = append(have[name], m[1])
		}
		for _, c := range p.Circuits[1:] {
			first := p.Circuits[0]
			if c.Connection != first.Connection && c.Owner == first.Owner {
				assert.Equal(t, have[first.Name], have[c.Name], "%s and %s", first.Name, c.Name)
			}
		}
	})
}

// TestRenderedRulesOfTheAccount: what only the account knows is asked of it by
// the rendered files (V12, R4, R8).
func TestRenderedRulesOfTheAccount(t *testing.T) {
	shipped(t, func(t *testing.T, s *scenario.Scenario, p *cloud.Plan, files map[string]string) {
		if s.Cloud.Provider.Val != "alibaba" {
			return
		}
		connections := blocks(files, `data "alicloud_express_connect_physical_connections"`)
		assert.Len(t, connections, len(p.Connections))
		for name, block := range connections {
			assert.Contains(t, block, `c.status == "Enabled"`, name)
			assert.Contains(t, block, `lower(c.business_status) == "normal"`, name)
		}
		accounts := blocks(files, `data "alicloud_account"`)
		if p.Account == "" {
			assert.Empty(t, accounts)
		} else {
			assert.Len(t, accounts, 1+len(p.Owners), "credentials of a wrong account are found before anything is made")
		}
		if len(p.Pairs) > 0 {
			assert.Equal(t, len(p.Pairs), strings.Count(blocks(files, "check")["redundancy"], "assert {"))
		}
		assert.Contains(t, blocks(files, "check")["zones"], "available_zones")
		assert.Contains(t, blocks(files, `data "alicloud_vswitches"`)["attached"], "s.available_ip_address_count >= 1")
	})
}

// TestRenderedCloudIsStaticOnly: no BGP, no failover test, and nothing that
// costs money beyond routers and attachments (R2, R9).
func TestRenderedCloudIsStaticOnly(t *testing.T) {
	shipped(t, func(t *testing.T, _ *scenario.Scenario, _ *cloud.Plan, files map[string]string) {
		for name, text := range files {
			assert.NotRegexp(t, `(?i)\bbgp|failover_test|resource "alicloud_express_connect_physical_connection"|resource "\w+_direct_connect_connection"`, text, name)
		}
	})
}

// TestBothEndsHaveTheAddressesOfTheScenario: local is the cloud's end, peer the
// gateway's, and the probe ends where the gateway answers.
func TestBothEndsHaveTheAddressesOfTheScenario(t *testing.T) {
	shipped(t, func(t *testing.T, s *scenario.Scenario, _ *cloud.Plan, files map[string]string) {
		if s.Cloud.Provider.Val != "alibaba" {
			return
		}
		routers := blocks(files, `resource "alicloud_express_connect_virtual_border_router"`)
		checks := blocks(files, `resource "alicloud_cen_vbr_health_check"`)
		for _, c := range s.Circuits {
			r := routers[c.Name.Val]
			assert.Regexp(t, `local_gateway_ip\s+= "`+c.V4.Cloud.Val.Addr().String()+`"`, r)
			assert.Regexp(t, `peer_gateway_ip\s+= "`+c.V4.Gateway.Val.Addr().String()+`"`, r)
			if c.V4.Health != nil && !c.V4.Health.Target.Set {
				assert.Regexp(t, `health_check_target_ip\s+= "`+c.V4.Gateway.Val.Addr().String()+`"`, checks[c.Name.Val])
			}
		}
	})
}

const twoCircuits = `version: 1
name: case
mode: active-active
cloud: {provider: alibaba, region: cn-shanghai, prefixes: [192.168.0.0/16]}
site: {prefixes: [172.16.0.0/12]}
circuits:
  - {name: ec1, gateway: gw1, port: wan1, cloud_address: 10.0.0.1/30, gateway_address: 10.0.0.2/30, health_check: {source: SOURCE1}}
  - {name: ec2, gateway: gw1, port: wan2, cloud_address: 10.0.0.5/30, gateway_address: 10.0.0.6/30, health_check: {source: SOURCE2}}
tracking: {method: icmp}
`

// TestSourcesAreSetOnlyWhereTheyCanBe: an automatic source is expected, a
// custom one set, `auto` neither.
func TestSourcesAreSetOnlyWhereTheyCanBe(t *testing.T) {
	for _, c := range []struct {
		name, source   string
		set, expecting bool
	}{
		{"automatic, known", "100.96.0.11", false, true},
		{"custom", "10.255.0.1", true, false},
		{"auto", "auto", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.NewReplacer("SOURCE1", c.source, "SOURCE2", "100.96.0.12").Replace(twoCircuits)
			files, _ := render(t, decode(t, "case.yaml", text))
			check := blocks(files, `resource "alicloud_cen_vbr_health_check"`)["ec1"]
			assert.Equal(t, c.set, strings.Contains(check, "health_check_source_ip"), check)
			_, expecting := blocks(files, "check")["probe_source_of_ec1"]
			assert.Equal(t, c.expecting, expecting)
		})
	}
}

// TestStandbyHasThePreferencesOfTheScenario: both ends have one number for a
// circuit, and what the cloud does not know is refused.
func TestStandbyHasThePreferencesOfTheScenario(t *testing.T) {
	text := strings.NewReplacer("SOURCE1", "100.96.0.11", "SOURCE2", "100.96.0.12", "active-active", "active-standby",
		"name: ec1,", "name: ec1, preference: 100,", "name: ec2,", "name: ec2, preference: 3,").Replace(twoCircuits)
	files, _ := render(t, decode(t, "case.yaml", text))
	maps := blocks(files, `resource "alicloud_cen_route_map"`)
	assert.Regexp(t, `preference\s+= 100\n`, maps["ec1"])
	assert.Regexp(t, `preference\s+= 3\n`, maps["ec2"])
	refused, _ := render(t, decode(t, "case.yaml", strings.Replace(text, "preference: 100", "preference: 101", 1)))
	assert.Nil(t, refused)
}

// TestAnAddedCircuitChangesNoOther: every resource of the circuits that were
// there stays as it was, so that Terraform touches none of them.
func TestAnAddedCircuitChangesNoOther(t *testing.T) {
	const third = "  - {name: EC0, gateway: gw1, port: wan0, cloud_address: 10.0.0.9/30, gateway_address: 10.0.0.10/30, preference: 15, health_check: {source: 100.96.0.13}}\n"
	text := strings.NewReplacer("SOURCE1", "100.96.0.11", "SOURCE2", "100.96.0.12", "active-active", "active-standby",
		"name: ec1,", "name: ec1, preference: 10,", "name: ec2,", "name: ec2, preference: 20,").Replace(twoCircuits)
	before, _ := render(t, decode(t, "case.yaml", text))
	after, _ := render(t, decode(t, "case.yaml", strings.Replace(text, "circuits:\n", "circuits:\n"+third, 1)))
	block := regexp.MustCompile(`(?ms)^(?:resource|data) "[^"]+" "[^"]+" \{\n.*?^\}`)
	all := block.FindAllString(before["main.tf"], -1)
	assert.Greater(t, len(all), 15)
	for _, b := range all {
		assert.Contains(t, after["main.tf"], b)
	}
}

// TestNamesOfCircuitsFitIntoTerraform: whatever a circuit may be called, the
// files are whole; the one name that the network has is refused.
func TestNamesOfCircuitsFitIntoTerraform(t *testing.T) {
	for _, name := range []string{"EC-1", "a", "hub", "far", "system", "zones", "attached", "each", "self", "var", "ec1_to_site", "x_connection_id", "vpc"} {
		text := strings.NewReplacer("name: ec1", "name: "+name, "SOURCE1", "100.96.0.11", "SOURCE2", "100.96.0.12").Replace(twoCircuits)
		files, _ := render(t, decode(t, "case.yaml", text))
		assert.Equal(t, name == "vpc", files == nil, name)
	}
}

// TestWhatIsNotRenderedIsSaid: a circuit without a check, and a check that no
// document knows, leave a sentence in the file.
func TestWhatIsNotRenderedIsSaid(t *testing.T) {
	text := strings.NewReplacer(", health_check: {source: SOURCE1}", "", "SOURCE2", "100.96.0.12").Replace(twoCircuits)
	files, _ := render(t, decode(t, "case.yaml", text))
	assert.Contains(t, files["main.tf"], "# Circuit ec1 has no health check")
	assert.NotContains(t, files["outputs.tf"], "vbr_health_check.ec1")
	six := `ipv6: {cloud_address: "2001:db8:1::1/64", gateway_address: "2001:db8:1::2/64", health_check: {source: "2001:db8:ffff::1"}}, health_check: {source: SOURCE1}`
	text = strings.NewReplacer("health_check: {source: SOURCE1}", strings.ReplaceAll(six, "SOURCE1", "100.96.0.11"), "SOURCE2", "100.96.0.12").Replace(twoCircuits)
	files, _ = render(t, decode(t, "case.yaml", text))
	assert.Contains(t, files["main.tf"], "# The scenario names an IPv6 health check of ec1.")
}

// TestRefusalsNameTheManualStep: what is refused says what to do instead.
func TestRefusalsNameTheManualStep(t *testing.T) {
	text, err := os.ReadFile("../../inventory/dual-stack-bfd/scenario.yaml")
	require.NoError(t, err)
	s := decode(t, "scenario.yaml", string(text))
	schema, err := cloud.LoadSchema(vendors.FS, "alibaba")
	require.NoError(t, err)
	var list diag.List
	assert.Nil(t, cloud.Build(s, schema, &list))
	require.True(t, list.HasErrors())
	for _, d := range list.Sorted() {
		assert.NotEmpty(t, d.Help, d.Text)
	}
}
