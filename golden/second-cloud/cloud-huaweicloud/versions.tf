# second-cloud: the cloud's end of the circuits, on Huawei Cloud Direct Connect.
# Made by `twinpath cloud`: change the scenario and render both ends again, so that they
# stay in agreement.

terraform {
  # `check` blocks came with 1.5.
  required_version = ">= 1.5.0"

  required_providers {
    huaweicloud = {
      source = "huaweicloud/huaweicloud"
      # The release whose schema and documentation these files were written from.
      version = ">= 1.97.1, < 2.0.0"
    }
  }
}

provider "huaweicloud" {
  region = "cn-east-3"
}
