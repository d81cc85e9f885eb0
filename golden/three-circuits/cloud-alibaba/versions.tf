# three-circuits: the cloud's end of the circuits, on Alibaba Cloud Express Connect.
# Made by `twinpath cloud`: change the scenario and render both ends again, so that they
# stay in agreement.

terraform {
  # `check` blocks came with 1.5.
  required_version = ">= 1.5.0"

  required_providers {
    alicloud = {
      source = "aliyun/alicloud"
      # 1.228.0 lets the cloud choose the probe source without a change at every
      # plan, 1.247.0 and 1.266.0 the same for VLAN 0 and the bandwidth, 1.263.0
      # has the MTU of a border router, 1.289.0 no longer creates routes of one
      # table at the same time, which the cloud refuses (TaskConflict).
      version = ">= 1.289.0, < 2.0.0"
    }
  }
}

provider "alicloud" {
  region = "cn-shanghai"
}
