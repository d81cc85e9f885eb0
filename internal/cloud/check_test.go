package cloud_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/vendors"
)

// TestCheckFindsWhatTerraformWould breaks a right set of files in one place at
// a time; each break must be found, by the words that are given.
func TestCheckFindsWhatTerraformWould(t *testing.T) {
	schema, err := cloud.LoadSchema(vendors.FS, "alibaba")
	require.NoError(t, err)
	text := strings.NewReplacer("SOURCE1", "10.255.0.1", "SOURCE2", "100.96.0.12").Replace(twoCircuits)
	files, _ := render(t, decode(t, "case.yaml", text))
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown argument", "healthy_threshold      = 8", "healthy_treshold = 8", "has no argument healthy_treshold"},
		{"argument that the provider lacks", "healthy_threshold      = 8", "health_check_only = true", "has no argument health_check_only"},
		{"missing argument", `peer_gateway_ip            = "10.0.0.2"`, "", "lacks the argument peer_gateway_ip"},
		{"wrong type", "vlan_id                    = 0", `vlan_id = "none"`, "is of type string, number is needed"},
		{"word that is not taken", "mtu                        = 1500", "mtu = 9000", "mtu cannot be 9000"},
		{"id in place of the attachment's", "alicloud_cen_transit_router_vpc_attachment.vpc.transit_router_attachment_id", "alicloud_cen_transit_router_vpc_attachment.vpc.id", "must point to the attribute transit_router_attachment_id"},
		{"id in place of the interface", ".routers[0].vlan_interface_id", ".routers[0].id", "must point to the attribute vlan_interface_id"},
		{"attribute of an object that is not there", ".routers[0].vlan_interface_id", ".routers[0].interface", "has no attribute interface"},
		{"attribute of a resource that is not there", "virtual_border_router.ec1.route_table_id", "virtual_border_router.ec1.table_id", "has no attribute table_id"},
		{"reference to nothing", "vbr_instance_id        = alicloud_express_connect_virtual_border_router.ec1.id", "vbr_instance_id = alicloud_express_connect_virtual_border_router.ec9.id", "is not declared"},
		{"variable that is not declared", "= var.vpc_id", "= var.vpc", "is not declared"},
		{"variable that is not used", "= var.vswitches", "= {}", "var.vswitches is declared and never used"},
		{"nested block that is not there", "zone_mappings\" {", "zone_map\" {", "has no block zone_map"},
		{"computed argument", `mtu                        = 1500`, `route_table_id = "vtb-1"`, "is the cloud's to give"},
		{"removed argument", `mtu                        = 1500`, `include_cross_account_vbr = true`, "removed in 1.263.0"},
		{"deprecated argument", `transit_router_vpc_attachment_name`, `transit_router_attachment_name`, "is deprecated"},
		{"resource that is not in the table", `resource "alicloud_cen_vbr_health_check" "ec2"`, `resource "alicloud_cen_vbr_check" "ec2"`, "is not in the provider's schema"},
		{"no HCL", "locals {", "locals {{", "main.tf:"},
		{"declared twice", `resource "alicloud_cen_vbr_health_check" "ec2"`, `resource "alicloud_cen_vbr_health_check" "ec1"`, "is declared twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var broken []cloud.File
			hit := false
			for name, text := range files {
				if name == "main.tf" {
					hit = strings.Contains(text, c.old)
					text = strings.Replace(text, c.old, c.new, 1)
				}
				broken = append(broken, cloud.File{Name: name, Text: text})
			}
			require.True(t, hit, "the files do not hold %q", c.old)
			err := cloud.Check(broken, schema)
			assert.ErrorContains(t, err, c.want)
		})
	}
}
