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

variable "vswitches" {
  description = "For the transit router's way into the VPC: zone => vSwitch with a free address. Two zones in a region with several."
  type        = map(string)

  validation {
    condition     = length(var.vswitches) >= 1 && length(var.vswitches) <= 10
    error_message = "One to ten zones are needed."
  }
}

variable "cen_id" {
  description = "The CEN instance that the transit router belongs to (cen-...)."
  type        = string
}

variable "transit_router_id" {
  description = "The Enterprise Edition transit router of the region (tr-...)."
  type        = string
}

variable "route_map_priority" {
  description = "Added to the preference of a circuit, this is the priority of its route map, 1 to 100; none may be in use in the region."
  type        = number
  default     = 0

  validation {
    condition     = var.route_map_priority >= 0 && var.route_map_priority + 20 <= 100
    error_message = "The priorities of the route maps lie between 1 and 100."
  }
}
