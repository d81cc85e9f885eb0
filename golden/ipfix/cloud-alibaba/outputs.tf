# For the gateways' end:
#   terraform output -json > outputs.json
#   twinpath render SCENARIO --cloud-outputs outputs.json

output "scenario" {
  description = "The scenario that these files are the cloud's end of."
  value       = "ipfix"
}

output "probe_sources" {
  description = "Where the cloud probes each circuit from."
  value = {
    "ec1" = alicloud_cen_vbr_health_check.ec1.health_check_source_ip
    "ec2" = alicloud_cen_vbr_health_check.ec2.health_check_source_ip
  }
}

output "circuits" {
  description = "What the cloud's end of each circuit is, to compare with the gateways."
  value = {
    "ec1" = {
      router          = alicloud_express_connect_virtual_border_router.ec1.id
      vlan            = alicloud_express_connect_virtual_border_router.ec1.vlan_id
      cloud_address   = alicloud_express_connect_virtual_border_router.ec1.local_gateway_ip
      gateway_address = alicloud_express_connect_virtual_border_router.ec1.peer_gateway_ip
      mask            = alicloud_express_connect_virtual_border_router.ec1.peering_subnet_mask
      mtu             = alicloud_express_connect_virtual_border_router.ec1.mtu
      probe_target    = alicloud_cen_vbr_health_check.ec1.health_check_target_ip
      probe_interval  = alicloud_cen_vbr_health_check.ec1.health_check_interval
      probe_count     = alicloud_cen_vbr_health_check.ec1.healthy_threshold
    }
    "ec2" = {
      router          = alicloud_express_connect_virtual_border_router.ec2.id
      vlan            = alicloud_express_connect_virtual_border_router.ec2.vlan_id
      cloud_address   = alicloud_express_connect_virtual_border_router.ec2.local_gateway_ip
      gateway_address = alicloud_express_connect_virtual_border_router.ec2.peer_gateway_ip
      mask            = alicloud_express_connect_virtual_border_router.ec2.peering_subnet_mask
      mtu             = alicloud_express_connect_virtual_border_router.ec2.mtu
      probe_target    = alicloud_cen_vbr_health_check.ec2.health_check_target_ip
      probe_interval  = alicloud_cen_vbr_health_check.ec2.health_check_interval
      probe_count     = alicloud_cen_vbr_health_check.ec2.healthy_threshold
    }
  }
}

output "prefixes" {
  description = "The prefixes that each end reaches over the circuits."
  value       = { site = local.site_prefixes, cloud = local.cloud_prefixes }
}
