# What only the account knows. Nothing here is a secret; credentials come from the
# environment or a profile of the provider.

variable "ec1_connection_id" {
  description = "The ordered and active connection of ec1. It is looked up, never ordered."
  type        = string
}

variable "ec2_connection_id" {
  description = "The ordered and active connection of ec2. It is looked up, never ordered."
  type        = string
}

variable "vpc_id" {
  description = "The VPC that the data centre is to reach."
  type        = string
}
