package cloudtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/vendors"
)

// modelCase is the shipped two-circuit scenario.
const modelCase = "../../inventory/shanghai/scenario.yaml"

// everyKey is a scenario of this package: two accounts' circuits, one of them
// standing by, and a hub to be made.
const everyKey = "testdata/alibaba/every-key.yaml"

// replaceIn replaces the first occurrence of a text in the files of a folder.
func replaceIn(t *testing.T, folder, old, with string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	require.NoError(t, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		if broken := strings.Replace(string(text), old, with, 1); broken != string(text) {
			require.NoError(t, os.WriteFile(name, []byte(broken), 0o600))
			return
		}
	}
	require.Failf(t, "nothing to break", "no file of the model case has %q", old)
}

// TestWrongWiresAreFound breaks the files in ways that `terraform validate`
// takes, and holds the tests to finding each.
func TestWrongWiresAreFound(t *testing.T) {
	t.Parallel()
	found := programs(t)
	p := found[len(found)-1]
	const border = "alicloud_express_connect_virtual_border_router."
	for name, c := range map[string]struct{ scenario, old, with, want string }{
		"id for attachment id": {
			modelCase,
			"vbr_attachment.ec1.transit_router_attachment_id", "vbr_attachment.ec1.id",
			"ec1: the association is of cen:tr-attach-ec1",
		},
		"id for attachment id of the VPC": {
			modelCase,
			"vpc_attachment.vpc.transit_router_attachment_id", "vpc_attachment.vpc.id",
			"vpc: the association is of cen:tr-attach-vpc",
		},
		"next hop on the other circuit": {
			modelCase,
			"border_routers.ec2.routers[0].vlan_interface_id", "border_routers.ec1.routers[0].vlan_interface_id",
			"ec2: the next hop of a route is not the border router's own interface",
		},
		"next hop the router and not its interface": {
			modelCase,
			"border_routers.ec1.routers[0].vlan_interface_id", "border_routers.ec1.routers[0].id",
			"ec1: the next hop of a route is not the border router's own interface",
		},
		"the other router's table": {
			modelCase,
			"route_table_id        = " + border + "ec2.route_table_id", "route_table_id        = " + border + "ec1.route_table_id",
			"ec2: a route stands in another table than the border router's",
		},
		"the other router attached": {
			modelCase,
			"vbr_id                         = " + border + "ec2.id", "vbr_id                         = " + border + "ec1.id",
			"ec2: another border router is attached",
		},
		"both routers on one circuit": {
			modelCase,
			"connections.ec2.connections[0].id\n", "connections.ec1.connections[0].id\n",
			"ec2: the border router lies on another circuit",
		},
		"check of the other router": {
			modelCase,
			"vbr_instance_id        = " + border + "ec2.id", "vbr_instance_id        = " + border + "ec1.id",
			"ec2: the health check is another border router's",
		},
		"addresses swapped": {
			modelCase,
			`local_gateway_ip           = "10.0.0.1"`, `local_gateway_ip           = "10.0.0.2"`,
			"ec1: VLAN and addresses of the border router are not those of the scenario",
		},
		"one timer": {
			modelCase,
			"health_check_interval  = 2", "health_check_interval  = 3",
			"ec1: target or timers of the health check are not those of the scenario",
		},
		"outputs crossed": {
			modelCase,
			`"ec1" = alicloud_cen_vbr_health_check.ec1.health`, `"ec1" = alicloud_cen_vbr_health_check.ec2.health`,
			"ec1: the output says that the cloud probes from 100.96.0.12",
		},
		"one circuit with fewer routes": {
			modelCase,
			"for_each = toset(local.site_prefixes)", "for_each = toset([])",
			"the circuits do not carry the same destinations",
		},
		"routes of the VPC not published": {
			modelCase,
			"auto_publish_route_enabled         = true", "auto_publish_route_enabled         = false",
			"the VPC does not get the routes of the transit router",
		},
		"check of another circuit's source": {
			modelCase,
			"alicloud_cen_vbr_health_check.ec2.health_check_source_ip == ", "alicloud_cen_vbr_health_check.ec1.health_check_source_ip == ",
			"The gateways expect probes of ec2 from 100.96.0.12",
		},
		"id for transit router id": {
			everyKey,
			"alicloud_cen_transit_router.hub.transit_router_id", "alicloud_cen_transit_router.hub.id",
			"ec1: attached to cen-made and cen:tr-made",
		},
		"the wrong circuit preferred": {
			everyKey,
			"= 20\n", "= 5\n",
			"the cloud prefers ec1 to ec2, the gateways do not",
		},
		"the wrong account asked": {
			everyKey,
			"\"ec1\" {\n  provider = alicloud.account_1000000000000002", "\"ec1\" {\n  provider = alicloud.account_1000000000000003",
			"This account and region have no physical circuit of that id",
		},
		"the credentials of another account": {
			everyKey,
			"self.id == \"1000000000000002\"", "self.id == \"1000000000000009\"",
			"The profile in account_1000000000000002_profile is not of account 1000000000000002",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := write(t, c.scenario)
			replaceIn(t, folder, c.old, c.with)
			out, err := p.run(t, folder, "validate")
			require.NoError(t, err, "terraform sees it without a test: %s", out)
			writeTests(t, c.scenario, folder, "wiring")
			_, problems, _ := p.test(t, folder)
			assert.Contains(t, strings.Join(problems, "\n"), c.want)
		})
	}
}

// broken are mistakes in the files of the model case that must be found without
// an account: a text, what stands in its place, and what twinpath and terraform
// say of it. Where terraform says "", twinpath alone finds it.
var broken = map[string]struct{ old, with, twinpath, terraform string }{
	"no HCL":              {"locals {", "locals {{", "Invalid", "Invalid"},
	"unknown argument":    {"health_check_interval", "health_check_only", "has no argument health_check_only", "Unsupported argument"},
	"unknown block":       {`dynamic "zone_mappings"`, `dynamic "zones"`, "has no block zones", "Unsupported block type"},
	"unknown resource":    {`resource "alicloud_route_entry"`, `resource "alicloud_route"`, "alicloud_route is not in the provider's schema", "Invalid resource type"},
	"unknown data source": {`data "alicloud_vpcs"`, `data "alicloud_vpc"`, "alicloud_vpc is not in the provider's schema", "Invalid data source"},
	"unknown attribute":   {"ec1.route_table_id", "ec1.routetable_id", "has no attribute routetable_id", "Unsupported attribute"},
	"attribute of object": {"routers[0].vlan_interface_id", "routers[0].interface_id", "has no attribute interface_id", "Unsupported attribute"},
	"argument twice":      {`  nexthop_type          = "RouterInterface"`, `  route_table_id = "a"`, "Attribute redefined", "Attribute redefined"},
	"required argument":   {"  vlan_id                    = 0\n", "", "lacks the argument vlan_id", "Missing required argument"},
	"wrong type":          {"health_check_interval  = 2", "health_check_interval  = [2]", "health_check_interval is of type tuple, number is needed", "Incorrect attribute value type"},
	"wrong number":        {"mtu                        = 1500", "mtu                        = 1400", "mtu cannot be 1400, the provider takes 0, 1500, 8500", "expected mtu to be one of 0, 1500, 8500, got 1400"},
	"wrong word":          {`route_table_type = "System"`, `route_table_type = "Default"`, "cannot be Default, the provider takes System, Custom", "got Default"},
	"computed":            {"vlan_id                    = 0\n", "vlan_id = 0\n route_table_id = \"vtb\"\n", "route_table_id of resource", "route_table_id is known after apply and cannot be set"},
	"undeclared":          {"var.vpc_id", "var.vpc", "[var vpc] is not declared", "Reference to undeclared input variable"},
	"undeclared resource": {"border_router.ec1.id", "border_router.ec9.id", "is not declared", "Reference to undeclared resource"},
	"unused variable":     {`variable "vpc_id"`, "variable \"unused\" {}\n\nvariable \"vpc_id\"", "var.unused is declared and never used", ""},
	"twice":               {`variable "vpc_id"`, "variable \"cen_id\" {}\n\nvariable \"vpc_id\"", "var.cen_id is declared twice", "Duplicate variable declaration"},
	"deprecated":          {"auto_publish_route_enabled     = true", "auto_publish_route_enabled = true\n  route_table_association_enabled = true", "is deprecated: since 1.233.1", ""},
	"removed":             {"vlan_id                    = 0\n", "vlan_id = 0\n include_cross_account_vbr = true\n", "removed in 1.263.0", "Unsupported argument"},
	"conflict":            {"  transit_router_vpc_attachment_name", "  transit_router_attachment_name = \"a\"\n  transit_router_vpc_attachment_name", "must not stand beside transit_router_attachment_name", "conflicts with"},
	"wrong reference":     {"vbr_attachment.ec1.transit_router_attachment_id", "vbr_attachment.ec1.id", "must point to the attribute transit_router_attachment_id", ""},
	"no zone":             {"  dynamic \"zone_mappings\" {\n    for_each = local.vswitches\n\n    content {\n      zone_id    = zone_mappings.key\n      vswitch_id = zone_mappings.value\n    }\n  }\n", "", "has 0 blocks zone_mappings, from 1 to 10 are taken", "zone_mappings"},
	"argument of a block": {"      vswitch_id = zone_mappings.value\n", "", "lacks the argument vswitch_id", "vswitch_id"},
}

// TestGoldenFilesAgainstTheTable needs no terraform.
func TestGoldenFilesAgainstTheTable(t *testing.T) {
	for _, folder := range shipped(t) {
		_, provider, _ := strings.Cut(filepath.Base(folder), "-")
		schema, err := cloud.LoadSchema(vendors.FS, provider)
		require.NoError(t, err)
		require.NoError(t, cloud.Check(files(t, folder), schema), folder)
	}
}

// TestTheGoCheckFindsBrokenFiles holds the check that runs where there is no
// terraform.
func TestTheGoCheckFindsBrokenFiles(t *testing.T) {
	schema, err := cloud.LoadSchema(vendors.FS, "alibaba")
	require.NoError(t, err)
	for name, c := range broken {
		t.Run(name, func(t *testing.T) {
			folder := write(t, modelCase)
			require.NoError(t, cloud.Check(files(t, folder), schema))
			replaceIn(t, folder, c.old, c.with)
			assert.ErrorContains(t, cloud.Check(files(t, folder), schema), c.twinpath)
		})
	}
}

// TestTerraformFindsBrokenFiles: with the project's provider, terraform refuses
// what the real one's schema makes it refuse.
func TestTerraformFindsBrokenFiles(t *testing.T) {
	t.Parallel()
	found := programs(t)
	p := found[len(found)-1]
	for name, c := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := write(t, modelCase)
			replaceIn(t, folder, c.old, c.with)
			out, err := p.run(t, folder, "validate", "-json")
			if c.terraform == "" {
				assert.NoError(t, err, out)
				return
			}
			require.Error(t, err)
			assert.Contains(t, out, c.terraform)
		})
	}
}

func files(t *testing.T, folder string) []cloud.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	require.NoError(t, err)
	var out []cloud.File
	for _, n := range names {
		text, err := os.ReadFile(n)
		require.NoError(t, err)
		out = append(out, cloud.File{Name: filepath.Base(n), Text: string(text)})
	}
	return out
}
