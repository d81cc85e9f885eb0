locals {
  # Every virtual interface gets these as its remote subnets, so that the circuits carry
  # the same destinations: without that there is no load sharing.
  site_prefixes  = ["172.16.0.0/12"]
  cloud_prefixes = ["192.168.0.0/16"]

  vpc_id             = var.vpc_id
  virtual_gateway_id = huaweicloud_dc_virtual_gateway.hub.id
}

# Step 1: the circuits. People order them and they cost money, so that they are only
# looked up here.

data "huaweicloud_dc_connections" "ec1" {
  connection_id = var.ec1_connection_id

  lifecycle {
    postcondition {
      condition     = length(self.direct_connects) == 1
      error_message = "This account and region have no connection of that id."
    }
    postcondition {
      condition     = alltrue([for c in self.direct_connects : c.status == "ACTIVE"])
      error_message = "The connection is not in the state ACTIVE."
    }
  }
}

data "huaweicloud_dc_connections" "ec2" {
  connection_id = var.ec2_connection_id

  lifecycle {
    postcondition {
      condition     = length(self.direct_connects) == 1
      error_message = "This account and region have no connection of that id."
    }
    postcondition {
      condition     = alltrue([for c in self.direct_connects : c.status == "ACTIVE"])
      error_message = "The connection is not in the state ACTIVE."
    }
  }
}

# Connections at one location and on one device share its fate.
check "redundancy" {
  assert {
    condition = (
      data.huaweicloud_dc_connections.ec1.direct_connects[0].location != data.huaweicloud_dc_connections.ec2.direct_connects[0].location ||
      data.huaweicloud_dc_connections.ec1.direct_connects[0].device_id != data.huaweicloud_dc_connections.ec2.direct_connects[0].device_id
    )
    error_message = "Circuits ec1 and ec2 end on one device of one location."
  }
}

# Step 2: the virtual gateway joins the circuits and the VPC.

data "huaweicloud_vpc" "far" {
  id = local.vpc_id
}

check "vpc_prefixes" {
  assert {
    condition = alltrue([for p in local.cloud_prefixes : anytrue([
      for v in concat([data.huaweicloud_vpc.far.cidr], data.huaweicloud_vpc.far.secondary_cidrs) :
      tonumber(split("/", p)[1]) >= tonumber(split("/", v)[1]) && cidrhost(format("%s/%s", split("/", p)[0], split("/", v)[1]), 0) == cidrhost(v, 0)
    ])])
    error_message = "The gateways route a prefix over the circuits that this VPC does not have: compare cloud.prefixes of the scenario with the VPC."
  }
}

resource "huaweicloud_dc_virtual_gateway" "hub" {
  name           = "second-cloud-bfd"
  description    = "Joins the data centre and the VPC over the circuits of second-cloud-bfd"
  vpc_id         = local.vpc_id
  local_ep_group = local.cloud_prefixes
}

# Step 3: a virtual interface for each circuit. local is the cloud's end of the link, remote
# the gateway's. The remote subnets are the routes to the data centre; the link itself must be
# among them. Most changes of an interface remove it and make it again: a gap on this circuit.
# The detection is documented and was not run against a real account by the makers of this
# file: kill one circuit and look, before you trust it.

resource "huaweicloud_dc_virtual_interface" "ec1" {
  direct_connect_id    = data.huaweicloud_dc_connections.ec1.direct_connects[0].id
  vgw_id               = local.virtual_gateway_id
  name                 = "second-cloud-bfd-ec1"
  type                 = "private"
  route_mode           = "static"
  vlan                 = 1201
  bandwidth            = 1000
  address_family       = "ipv4"
  local_gateway_v4_ip  = "10.0.0.1/30"
  remote_gateway_v4_ip = "10.0.0.2/30"
  remote_ep_group      = concat(local.site_prefixes, ["10.0.0.0/30"])
  enable_bfd           = true

  # The gateway's session has the same timers, in milliseconds.
  extend_attribute {
    ha_type           = "bfd"
    ha_mode           = "auto_single"
    min_tx_interval   = 300
    min_rx_interval   = 300
    detect_multiplier = 3
  }
}

resource "huaweicloud_dc_virtual_interface" "ec2" {
  direct_connect_id    = data.huaweicloud_dc_connections.ec2.direct_connects[0].id
  vgw_id               = local.virtual_gateway_id
  name                 = "second-cloud-bfd-ec2"
  type                 = "private"
  route_mode           = "static"
  vlan                 = 1202
  bandwidth            = 1000
  address_family       = "ipv4"
  local_gateway_v4_ip  = "10.0.0.5/30"
  remote_gateway_v4_ip = "10.0.0.6/30"
  remote_ep_group      = concat(local.site_prefixes, ["10.0.0.4/30"])
  enable_bfd           = true

  # The gateway's session has the same timers, in milliseconds.
  extend_attribute {
    ha_type           = "bfd"
    ha_mode           = "auto_single"
    min_tx_interval   = 300
    min_rx_interval   = 300
    detect_multiplier = 3
  }
}
