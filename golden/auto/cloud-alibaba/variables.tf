# What only the account knows. Nothing here is a secret; credentials come from the
# environment or a profile of the provider.

variable "ec1_connection_id" {
  description = "The ordered and enabled physical circuit of ec1 (pc-...). It is looked up, never ordered."
  type        = string

  validation {
    condition     = startswith(var.ec1_connection_id, "pc-")
    error_message = "The id of a physical circuit begins with pc-."
  }
}

variable "ec2_connection_id" {
  description = "The ordered and enabled physical circuit of ec2 (pc-...). It is looked up, never ordered."
  type        = string

  validation {
    condition     = startswith(var.ec2_connection_id, "pc-")
    error_message = "The id of a physical circuit begins with pc-."
  }
}

variable "vpc_id" {
  description = "The VPC that the data centre is to reach (vpc-...)."
  type        = string
}

variable "vswitch_cn-shanghai-f" {
  description = "The vSwitch in zone cn-shanghai-f that the transit router uses, with a free address (vsw-...)."
  type        = string
}

variable "vswitch_cn-shanghai-g" {
  description = "The vSwitch in zone cn-shanghai-g that the transit router uses, with a free address (vsw-...)."
  type        = string
}
