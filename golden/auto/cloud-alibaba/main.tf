locals {
  # Every border router gets a route to each of these, so that the circuits carry
  # the same destinations: without that there is no load sharing.
  site_prefixes  = ["172.16.0.0/12"]
  cloud_prefixes = ["192.168.0.0/16"]

  vpc_id = var.vpc_id
  vswitches = {
    "cn-shanghai-f" = var.vswitch_cn-shanghai-f
    "cn-shanghai-g" = var.vswitch_cn-shanghai-g
  }
  cen_id            = alicloud_cen_instance.hub.id
  transit_router_id = alicloud_cen_transit_router.hub.transit_router_id
}

# Step 1: the circuits. People order them and they cost money, so that they are only
# looked up here.

data "alicloud_express_connect_physical_connections" "ec1" {
  ids = [var.ec1_connection_id]

  lifecycle {
    postcondition {
      condition     = length(self.connections) == 1
      error_message = "This account and region have no physical circuit of that id."
    }
    postcondition {
      condition     = alltrue([for c in self.connections : c.status == "Enabled" && lower(c.business_status) == "normal"])
      error_message = "The cloud routes over a circuit only while it is enabled and not locked: status Enabled, business status Normal."
    }
  }
}

data "alicloud_express_connect_physical_connections" "ec2" {
  ids = [var.ec2_connection_id]

  lifecycle {
    postcondition {
      condition     = length(self.connections) == 1
      error_message = "This account and region have no physical circuit of that id."
    }
    postcondition {
      condition     = alltrue([for c in self.connections : c.status == "Enabled" && lower(c.business_status) == "normal"])
      error_message = "The cloud routes over a circuit only while it is enabled and not locked: status Enabled, business status Normal."
    }
  }
}

# Two circuits at one access point end on different devices there only if one was
# ordered as redundant to the other.
check "redundancy" {
  assert {
    condition = (
      data.alicloud_express_connect_physical_connections.ec1.connections[0].access_point_id != data.alicloud_express_connect_physical_connections.ec2.connections[0].access_point_id ||
      data.alicloud_express_connect_physical_connections.ec1.connections[0].redundant_physical_connection_id == data.alicloud_express_connect_physical_connections.ec2.connections[0].id ||
      data.alicloud_express_connect_physical_connections.ec2.connections[0].redundant_physical_connection_id == data.alicloud_express_connect_physical_connections.ec1.connections[0].id
    )
    error_message = "Circuits ec1 and ec2 end at one access point and neither is redundant to the other: one device may hold both."
  }
}

# Step 2: a border router for each circuit, with the routes to the data centre. local is
# the cloud's end of the link, peer the gateway's.
#
# The next hop of a route towards the circuit is the border router's own interface (ri-...),
# which only the data source knows. This is documented and was not run against a real account
# by the makers of this file: look at the first route in the console. A change of a route is a
# removal and a creation: a gap on that circuit.

resource "alicloud_express_connect_virtual_border_router" "ec1" {
  virtual_border_router_name = "auto-ec1"
  physical_connection_id     = data.alicloud_express_connect_physical_connections.ec1.connections[0].id
  vlan_id                    = 0
  local_gateway_ip           = "10.0.0.1"
  peer_gateway_ip            = "10.0.0.2"
  peering_subnet_mask        = "255.255.255.252"
  mtu                        = 1500
}

data "alicloud_express_connect_virtual_border_routers" "ec1" {
  ids = [alicloud_express_connect_virtual_border_router.ec1.id]
}

resource "alicloud_route_entry" "ec1_to_site" {
  for_each = toset(local.site_prefixes)

  route_table_id        = alicloud_express_connect_virtual_border_router.ec1.route_table_id
  destination_cidrblock = each.value
  nexthop_type          = "RouterInterface"
  nexthop_id            = data.alicloud_express_connect_virtual_border_routers.ec1.routers[0].vlan_interface_id

  lifecycle {
    precondition {
      condition     = data.alicloud_express_connect_virtual_border_routers.ec1.routers[0].vlan_interface_id != ""
      error_message = "The cloud shows no interface of border router auto-ec1 yet, and a route needs it as its next hop: apply again."
    }
  }
}

resource "alicloud_express_connect_virtual_border_router" "ec2" {
  virtual_border_router_name = "auto-ec2"
  physical_connection_id     = data.alicloud_express_connect_physical_connections.ec2.connections[0].id
  vlan_id                    = 0
  local_gateway_ip           = "10.0.0.5"
  peer_gateway_ip            = "10.0.0.6"
  peering_subnet_mask        = "255.255.255.252"
  mtu                        = 1500
}

data "alicloud_express_connect_virtual_border_routers" "ec2" {
  ids = [alicloud_express_connect_virtual_border_router.ec2.id]
}

resource "alicloud_route_entry" "ec2_to_site" {
  for_each = toset(local.site_prefixes)

  route_table_id        = alicloud_express_connect_virtual_border_router.ec2.route_table_id
  destination_cidrblock = each.value
  nexthop_type          = "RouterInterface"
  nexthop_id            = data.alicloud_express_connect_virtual_border_routers.ec2.routers[0].vlan_interface_id

  lifecycle {
    precondition {
      condition     = data.alicloud_express_connect_virtual_border_routers.ec2.routers[0].vlan_interface_id != ""
      error_message = "The cloud shows no interface of border router auto-ec2 yet, and a route needs it as its next hop: apply again."
    }
  }
}

# Step 3: the transit router joins the border routers and the VPC. The console's three
# defaults (association, propagation, published routes) are written out: without them the
# provider sends none of the three, and an attachment alone carries no traffic.

resource "alicloud_cen_instance" "hub" {
  cen_instance_name = "auto"
  description       = "Joins the data centre and the VPC over the circuits of auto"
}

# Its id is <cen>:<router>; everything below needs transit_router_id.
resource "alicloud_cen_transit_router" "hub" {
  cen_id              = local.cen_id
  transit_router_name = "auto"
}

data "alicloud_cen_transit_router_route_tables" "system" {
  transit_router_id               = local.transit_router_id
  transit_router_route_table_type = "System"
}

locals {
  route_table_id = data.alicloud_cen_transit_router_route_tables.system.tables[0].transit_router_route_table_id
}

data "alicloud_vpcs" "far" {
  ids = [local.vpc_id]

  lifecycle {
    postcondition {
      condition     = length(self.vpcs) == 1
      error_message = "This account and region have no VPC of that id."
    }
  }
}

check "vpc_prefixes" {
  assert {
    condition = alltrue([for p in local.cloud_prefixes : anytrue([
      for v in compact(concat([data.alicloud_vpcs.far.vpcs[0].cidr_block, data.alicloud_vpcs.far.vpcs[0].ipv6_cidr_block], data.alicloud_vpcs.far.vpcs[0].secondary_cidr_blocks)) :
      tonumber(split("/", p)[1]) >= tonumber(split("/", v)[1]) && cidrhost(format("%s/%s", split("/", p)[0], split("/", v)[1]), 0) == cidrhost(v, 0)
      if strcontains(p, ":") == strcontains(v, ":")
    ])])
    error_message = "The gateways route a prefix over the circuits that this VPC does not have: compare cloud.prefixes of the scenario with the VPC."
  }
}

data "alicloud_vswitches" "attached" {
  ids = values(local.vswitches)

  lifecycle {
    postcondition {
      condition     = length(self.vswitches) == length(local.vswitches)
      error_message = "This account and region do not have all of these vSwitches."
    }
    postcondition {
      condition     = alltrue([for s in self.vswitches : s.vpc_id == local.vpc_id && lookup(local.vswitches, s.zone_id, "") == s.id])
      error_message = "A vSwitch is in another VPC or in another zone than the one named beside it."
    }
    postcondition {
      condition     = alltrue([for s in self.vswitches : s.available_ip_address_count >= 1])
      error_message = "A vSwitch has no free address; the transit router needs one in each."
    }
  }
}

data "alicloud_cen_transit_router_available_resources" "zones" {}

check "zones" {
  assert {
    condition     = length(local.vswitches) >= min(2, length(data.alicloud_cen_transit_router_available_resources.zones.resources[0].available_zones))
    error_message = "The region has several zones for a transit router; the attachment should reach into two."
  }
  assert {
    condition     = length(setsubtract(keys(local.vswitches), data.alicloud_cen_transit_router_available_resources.zones.resources[0].available_zones)) == 0
    error_message = "A zone is none that supports Enterprise Edition transit routers in this region."
  }
}
resource "alicloud_cen_transit_router_vpc_attachment" "vpc" {
  cen_id                             = local.cen_id
  transit_router_id                  = local.transit_router_id
  vpc_id                             = local.vpc_id
  transit_router_vpc_attachment_name = "auto-vpc"
  auto_publish_route_enabled         = true

  dynamic "zone_mappings" {
    for_each = local.vswitches

    content {
      zone_id    = zone_mappings.key
      vswitch_id = zone_mappings.value
    }
  }
}

resource "alicloud_cen_transit_router_route_table_association" "vpc" {
  transit_router_attachment_id  = alicloud_cen_transit_router_vpc_attachment.vpc.transit_router_attachment_id
  transit_router_route_table_id = local.route_table_id
}

resource "alicloud_cen_transit_router_route_table_propagation" "vpc" {
  transit_router_attachment_id  = alicloud_cen_transit_router_vpc_attachment.vpc.transit_router_attachment_id
  transit_router_route_table_id = local.route_table_id
}

resource "alicloud_cen_transit_router_vbr_attachment" "ec1" {
  cen_id                         = local.cen_id
  transit_router_id              = local.transit_router_id
  vbr_id                         = alicloud_express_connect_virtual_border_router.ec1.id
  transit_router_attachment_name = "auto-ec1"
  auto_publish_route_enabled     = true
}

resource "alicloud_cen_transit_router_route_table_association" "ec1" {
  transit_router_attachment_id  = alicloud_cen_transit_router_vbr_attachment.ec1.transit_router_attachment_id
  transit_router_route_table_id = local.route_table_id
}

resource "alicloud_cen_transit_router_route_table_propagation" "ec1" {
  transit_router_attachment_id  = alicloud_cen_transit_router_vbr_attachment.ec1.transit_router_attachment_id
  transit_router_route_table_id = local.route_table_id
}

resource "alicloud_cen_transit_router_vbr_attachment" "ec2" {
  cen_id                         = local.cen_id
  transit_router_id              = local.transit_router_id
  vbr_id                         = alicloud_express_connect_virtual_border_router.ec2.id
  transit_router_attachment_name = "auto-ec2"
  auto_publish_route_enabled     = true
}

resource "alicloud_cen_transit_router_route_table_association" "ec2" {
  transit_router_attachment_id  = alicloud_cen_transit_router_vbr_attachment.ec2.transit_router_attachment_id
  transit_router_route_table_id = local.route_table_id
}

resource "alicloud_cen_transit_router_route_table_propagation" "ec2" {
  transit_router_attachment_id  = alicloud_cen_transit_router_vbr_attachment.ec2.transit_router_attachment_id
  transit_router_route_table_id = local.route_table_id
}

# Step 4: the cloud's probes. Replies must come back over the circuit that was probed: the
# gateway has one host route for each source, over that circuit and no other. A failed check
# takes the circuit out of the cloud's routes and tells nobody: add an alert rule.
#
# healthy_threshold is not what its name says: so many lost probes in a row fail the check. The
# cloud refuses a check of a border router that is not attached yet.

resource "alicloud_cen_vbr_health_check" "ec1" {
  cen_id                 = local.cen_id
  vbr_instance_id        = alicloud_express_connect_virtual_border_router.ec1.id
  vbr_instance_region_id = "cn-shanghai"
  health_check_target_ip = "10.0.0.2"
  health_check_interval  = 2
  healthy_threshold      = 8

  depends_on = [alicloud_cen_transit_router_vbr_attachment.ec1]
}

resource "alicloud_cen_vbr_health_check" "ec2" {
  cen_id                 = local.cen_id
  vbr_instance_id        = alicloud_express_connect_virtual_border_router.ec2.id
  vbr_instance_region_id = "cn-shanghai"
  health_check_target_ip = "10.0.0.6"
  health_check_interval  = 2
  healthy_threshold      = 8

  depends_on = [alicloud_cen_transit_router_vbr_attachment.ec2]
}
