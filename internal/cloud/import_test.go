package cloud_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/vendors"
)

type object = map[string]any

// state is what terraform would show of an applied plan, written from the
// provider's documentation.
func state(p *cloud.Plan) []object {
	var rs []object
	add := func(mode, kind, name string, values object) {
		rs = append(rs, object{"mode": mode, "type": kind, "name": name, "values": values})
	}
	prefixes := []string{}
	for _, x := range p.CloudPrefixes {
		prefixes = append(prefixes, x.String())
	}
	add("managed", "alicloud_cen_transit_router_vpc_attachment", "vpc", object{
		"vpc_id": "vpc-1", "cen_id": "cen-1", "transit_router_id": "tr-1", "region_id": p.Region, "transit_router_attachment_id": "tr-attach-0",
		"zone_mappings": []object{{"zone_id": "cn-shanghai-f", "vswitch_id": "vsw-1"}, {"zone_id": "cn-shanghai-g", "vswitch_id": "vsw-2"}},
	})
	add("data", "alicloud_vpcs", "far", object{"vpcs": []object{{"id": "vpc-1", "cidr_block": prefixes[0], "secondary_cidr_blocks": prefixes[1:]}}})
	attachments := []string{"tr-attach-0"}
	for _, c := range p.Circuits {
		id, table := "vbr-"+c.Name, "vtb-"+c.Name
		values := object{
			"id": id, "virtual_border_router_name": c.Router, "physical_connection_id": "pc-" + c.Connection.Name, "route_table_id": table,
			"local_gateway_ip": c.V4.Cloud.Addr().String(), "peer_gateway_ip": c.V4.Gateway.Addr().String(),
			"peering_subnet_mask": "255.255.255.252", "vlan_id": c.VLAN, "mtu": c.MTU, "bandwidth": c.Bandwidth,
		}
		if c.V6 != nil {
			values["local_ipv6_gateway_ip"] = c.V6.Cloud.Addr().String()
			values["peer_ipv6_gateway_ip"] = c.V6.Gateway.Addr().String()
			values["peering_ipv6_subnet_mask"] = c.V6.Cloud.Masked().String()
		}
		add("managed", "alicloud_express_connect_virtual_border_router", c.Name, values)
		for _, x := range p.SitePrefixes {
			add("managed", "alicloud_route_entry", c.Name+"_to_site", object{"route_table_id": table, "destination_cidrblock": x.String()})
		}
		attachment := object{"vbr_id": id, "transit_router_attachment_id": "tr-attach-" + c.Name}
		if c.Owner != nil {
			attachment["vbr_owner_id"] = c.Owner.Account
		}
		add("managed", "alicloud_cen_transit_router_vbr_attachment", c.Name, attachment)
		attachments = append(attachments, "tr-attach-"+c.Name)
		if h := c.Health; h != nil {
			source := "100.96.0.1"
			for _, x := range []string{h.Custom.String(), h.Expected.String()} {
				if x != "invalid IP" {
					source = x
				}
			}
			add("managed", "alicloud_cen_vbr_health_check", c.Name, object{
				"vbr_instance_id": id, "vbr_instance_region_id": p.Region, "health_check_source_ip": source,
				"health_check_target_ip": h.Target.String(), "health_check_interval": h.Interval, "healthy_threshold": h.Probes,
			})
		}
		if p.Standby {
			add("managed", "alicloud_cen_route_map", c.Name, object{"source_instance_ids": []string{id}, "preference": c.Preference})
		}
	}
	for _, a := range attachments {
		for _, kind := range []string{"association", "propagation"} {
			add("managed", "alicloud_cen_transit_router_route_table_"+kind, a, object{"transit_router_attachment_id": a})
		}
	}
	return rs
}

// shown wraps resources as terraform shows them, one half in a module of its
// own, as large set-ups have.
func shown(rs []object) object {
	half := len(rs) / 2
	return object{
		"format_version": "1.0", "terraform_version": "1.11.4",
		"values": object{"root_module": object{"resources": rs[:half], "child_modules": []object{{"resources": rs[half:]}}}},
	}
}

func draft(t *testing.T, doc any, provider string) (*cloud.Draft, error) {
	t.Helper()
	data, err := json.Marshal(doc)
	require.NoError(t, err)
	st, err := cloud.DecodeState(data)
	if err != nil {
		return nil, err
	}
	m, err := cloud.LoadMapping(vendors.FS, provider)
	require.NoError(t, err)
	return cloud.Import(st, m, provider)
}

// TestImportGivesBackTheScenario renders every shipped scenario, takes what
// would be applied, drafts a scenario from it, and finds the same circuits.
func TestImportGivesBackTheScenario(t *testing.T) {
	shipped(t, func(t *testing.T, s *scenario.Scenario, p *cloud.Plan, _ map[string]string) {
		if s.Cloud.Provider.Val != "alibaba" || strings.Contains(s.Name.Val, "auto") {
			return
		}
		d, err := draft(t, shown(state(p)), "alibaba")
		require.NoError(t, err)
		assert.Empty(t, d.Odd)
		text := d.Text("imported")
		var list diag.List
		got := scenario.Decode("draft.yaml", []byte(text), &list)
		for _, x := range list.Sorted() {
			// An owner is in the state, the account of the network is not.
			assert.Falsef(t, x.Severity == diag.Error && x.Code != diag.CodeCloudAccount, "%s\n%s", x.Text, text)
		}
		require.NotNil(t, got)
		assert.Equal(t, s.Mode.Val, got.Mode.Val)
		assert.Equal(t, s.Cloud.Region.Val, got.Cloud.Region.Val)
		assert.ElementsMatch(t, values(s.Cloud.Prefixes), values(got.Cloud.Prefixes))
		assert.ElementsMatch(t, p.SitePrefixes, values(got.Site.Prefixes), "the routes of the border routers")
		require.Len(t, got.Circuits, len(s.Circuits))
		for i, c := range s.Circuits {
			g := got.Circuits[i]
			assert.Equal(t, c.Name.Val, g.Name.Val)
			assert.Equal(t, c.V4.Cloud.Val, g.V4.Cloud.Val)
			assert.Equal(t, c.V4.Gateway.Val, g.V4.Gateway.Val)
			assert.Equal(t, c.VLAN.Val, g.VLAN.Val)
			if c.V6 != nil {
				assert.Equal(t, c.V6.Cloud.Val, g.V6.Cloud.Val)
				assert.Equal(t, c.V6.Gateway.Val, g.V6.Gateway.Val)
			}
			assert.Equal(t, c.Far.Account.Val, g.Far.Account.Val)
			assert.Equal(t, c.Far.Bandwidth.Val, g.Far.Bandwidth.Val)
			assert.Equal(t, c.V4.Health == nil, g.V4.Health == nil)
			if c.V4.Health != nil {
				assert.Equal(t, c.V4.Health.Source.Val, g.V4.Health.Source.Val)
				assert.Equal(t, c.V4.Health.Detection(), g.V4.Health.Detection())
			}
			for j, o := range s.Circuits {
				shared := c.Port.Val == o.Port.Val && c.Gateway.Val == o.Gateway.Val
				assert.Equal(t, shared, g.Port.Val == got.Circuits[j].Port.Val, "ports that are shared stay shared")
			}
		}
	})
}

func values[T any](xs []scenario.Of[T]) []T {
	var out []T
	for _, x := range xs {
		out = append(out, x.Val)
	}
	return out
}

func modelPlan(t *testing.T) *cloud.Plan {
	t.Helper()
	text, err := os.ReadFile("../../inventory/shanghai/scenario.yaml")
	require.NoError(t, err)
	_, p := render(t, decode(t, "scenario.yaml", string(text)))
	return p
}

// TestImportSaysWhatIsOddOrUnknown: what a state lacks is marked, never made up.
func TestImportSaysWhatIsOddOrUnknown(t *testing.T) {
	for _, c := range []struct {
		name, drop string
		inText     string
		odd        bool
	}{
		{"no network", "alicloud_vpcs", "prefixes: []  # NOT KNOWN", false},
		{"no routes", "alicloud_route_entry", "prefixes: []  # NOT KNOWN", false},
		{"no health check", "alicloud_cen_vbr_health_check", "# The state holds no health check of this circuit.", false},
		{"no propagation", "alicloud_cen_transit_router_route_table_propagation", "has no propagation in the state", true},
		{"no attachment", "alicloud_cen_transit_router_vbr_attachment", "is not attached to a hub", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			kept := slices.DeleteFunc(state(modelPlan(t)), func(r object) bool { return r["type"] == c.drop })
			d, err := draft(t, shown(kept), "alibaba")
			require.NoError(t, err)
			assert.Contains(t, d.Text("imported"), c.inText)
			assert.Equal(t, c.odd, len(d.Odd) > 0)
		})
	}
}

// TestImportLetsNothingThrough: texts of a state that are not of a scenario's
// form never reach the draft, and other values are not looked at.
func TestImportLetsNothingThrough(t *testing.T) {
	rs := state(modelPlan(t))
	for _, r := range rs {
		values, ok := r["values"].(object)
		require.True(t, ok)
		for k := range maps.Clone(values) {
			if text, ok := values[k].(string); ok && k != "id" && !strings.HasSuffix(k, "_id") {
				values[k] = text + "\nadmin: SECRET"
			}
		}
		values["password"] = "SECRET"
	}
	d, err := draft(t, shown(rs), "alibaba")
	require.NoError(t, err)
	assert.NotContains(t, d.Text("imported"), "SECRET")
}

func TestImportRefusesWhatIsNoState(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"format_version": "1.0"}`, `{"values": {}}`, "no json"} {
		_, err := cloud.DecodeState([]byte(text))
		require.ErrorIs(t, err, cloud.ErrNoState, text)
	}
	_, err := draft(t, object{"format_version": "1.0", "values": object{"root_module": object{}}}, "alibaba")
	require.ErrorIs(t, err, cloud.ErrNoRouter)
}

// TestImportDraftsBFDForBothEnds: a cloud that runs BFD tells the gateways'
// timers.
func TestImportDraftsBFDForBothEnds(t *testing.T) {
	var rs []object
	for _, x := range [][3]string{{"both", "10.0.0.1/30", "10.0.0.2/30"}, {"both", "10.0.0.5/30", "10.0.0.6/30"}} {
		rs = append(rs, object{"mode": "managed", "type": "huaweicloud_dc_virtual_interface", "name": x[0], "values": object{
			"id": x[1], "name": "vif-" + x[1][7:8], "local_gateway_v4_ip": x[1], "remote_gateway_v4_ip": x[2],
			"extend_attribute": []object{{"ha_type": "bfd", "min_tx_interval": 300, "detect_multiplier": 3}},
		}})
	}
	d, err := draft(t, shown(rs), "huaweicloud")
	require.NoError(t, err)
	text := d.Text("imported")
	assert.Contains(t, text, "bfd: {interval: 300ms, multiplier: 3, mode: async}")
	assert.NotContains(t, text, "health_check:")
	assert.Contains(t, text, "- name: both\n")
	assert.Contains(t, text, "- name: vif-5\n", "two resources of one name are told by the router's")
}

// TestImportReadsTheOtherCloud: the second cloud is a row of data, no code.
func TestImportReadsTheOtherCloud(t *testing.T) {
	router := func(name, here, there string) object {
		return object{"mode": "managed", "type": "huaweicloud_dc_virtual_interface", "name": name, "values": object{
			"id": name, "name": "vif-" + name, "direct_connect_id": "0a1b2c3d-" + name, "vlan": 0, "bandwidth": 500, "region": "cn-east-3",
			"local_gateway_v4_ip": here, "remote_gateway_v4_ip": there, "vgw_id": "vgw-1",
			"remote_ep_group":  []string{"172.16.0.0/12", "10.0.0.0/30", "10.0.0.4/30"},
			"extend_attribute": []object{{"ha_type": "nqa", "min_tx_interval": 2000, "detect_multiplier": 3}},
		}}
	}
	d, err := draft(t, object{"format_version": "1.0", "values": object{"root_module": object{"resources": []object{
		router("ec1", "10.0.0.1/30", "10.0.0.2/30"), router("ec2", "10.0.0.5/30", "10.0.0.6/30"),
		{"mode": "managed", "type": "huaweicloud_dc_virtual_gateway", "name": "hub", "values": object{"id": "vgw-1", "vpc_id": "vpc-1", "local_ep_group": []string{"192.168.0.0/16"}}},
	}}}}, "huaweicloud")
	require.NoError(t, err)
	text := d.Text("imported")
	assert.Empty(t, d.Odd)
	for _, want := range []string{
		`prefixes: ["172.16.0.0/12"]`, "provider: huaweicloud", "region: cn-east-3", `prefixes: ["192.168.0.0/16"]`, "cloud_address: 10.0.0.5/30",
		"health_check: {source: auto, interval: 2s, probes: 3}", "bandwidth: 500",
	} {
		assert.Contains(t, text, want)
	}
}
