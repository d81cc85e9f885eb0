# What only the account knows. Nothing here is a secret; credentials come from the
# environment or a profile of the provider.

variable "account_2222222222222222_profile" {
  description = "The provider's profile with credentials of account 2222222222222222."
  type        = string
}
