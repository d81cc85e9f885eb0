# For the gateways' end:
#   terraform output -json > outputs.json
#   twinpath render SCENARIO --cloud-outputs outputs.json

output "scenario" {
  description = "The scenario that these files are the cloud's end of."
  value       = "second-cloud"
}

output "probe_sources" {
  description = "Where the cloud probes each circuit from: its own end of the link, unless the scenario says that another was seen."
  value = {
    "ec1" = split("/", huaweicloud_dc_virtual_interface.ec1.local_gateway_v4_ip)[0]
    "ec2" = split("/", huaweicloud_dc_virtual_interface.ec2.local_gateway_v4_ip)[0]
  }
}

output "circuits" {
  description = "What the cloud's end of each circuit is, to compare with the gateways."
  value = {
    "ec1" = {
      router          = huaweicloud_dc_virtual_interface.ec1.id
      vlan            = huaweicloud_dc_virtual_interface.ec1.vlan
      cloud_address   = split("/", huaweicloud_dc_virtual_interface.ec1.local_gateway_v4_ip)[0]
      gateway_address = split("/", huaweicloud_dc_virtual_interface.ec1.remote_gateway_v4_ip)[0]
      mask            = cidrnetmask(huaweicloud_dc_virtual_interface.ec1.local_gateway_v4_ip)
      probe_target    = split("/", huaweicloud_dc_virtual_interface.ec1.remote_gateway_v4_ip)[0]
      probe_interval  = huaweicloud_dc_virtual_interface.ec1.extend_attribute[0].min_tx_interval / 1000
      probe_count     = huaweicloud_dc_virtual_interface.ec1.extend_attribute[0].detect_multiplier
    }
    "ec2" = {
      router          = huaweicloud_dc_virtual_interface.ec2.id
      vlan            = huaweicloud_dc_virtual_interface.ec2.vlan
      cloud_address   = split("/", huaweicloud_dc_virtual_interface.ec2.local_gateway_v4_ip)[0]
      gateway_address = split("/", huaweicloud_dc_virtual_interface.ec2.remote_gateway_v4_ip)[0]
      mask            = cidrnetmask(huaweicloud_dc_virtual_interface.ec2.local_gateway_v4_ip)
      probe_target    = split("/", huaweicloud_dc_virtual_interface.ec2.remote_gateway_v4_ip)[0]
      probe_interval  = huaweicloud_dc_virtual_interface.ec2.extend_attribute[0].min_tx_interval / 1000
      probe_count     = huaweicloud_dc_virtual_interface.ec2.extend_attribute[0].detect_multiplier
    }
  }
}

output "prefixes" {
  description = "The prefixes that each end reaches over the circuits."
  value       = { site = local.site_prefixes, cloud = local.cloud_prefixes }
}
