# The same with Terraform's providers, as far as they go: okta for the app, dbtcloud for SCIM.
# Run with TF_CLI_CONFIG_FILE naming dev_overrides; bench/fleet.py skips it where a provider is
# missing, and says so.
terraform {
  required_providers {
    okta     = { source = "okta/okta" }
    dbtcloud = { source = "dbt-labs/dbtcloud" }
  }
}

variable "org_url" { type = string }
variable "okta_token" {
  type      = string
  sensitive = true
}
variable "access_url" { type = string }
variable "account_id" { type = number }
variable "dbt_token" {
  type      = string
  sensitive = true
}
variable "label" { type = string }
variable "groups" { type = set(string) }

provider "okta" {
  http_proxy = var.org_url
  api_token  = var.okta_token
}

provider "dbtcloud" {
  host_url   = "${var.access_url}/api"
  account_id = var.account_id
  token      = var.dbt_token
}

data "okta_app" "dbt" { label = var.label }

data "okta_group" "pushed" {
  for_each = var.groups
  name     = each.value
}

resource "dbtcloud_scim_config" "this" {
  enabled                      = true
  manual_updates_allowed       = false
  scim_controlled_license_type = false
}

resource "dbtcloud_scim_token" "okta" { name = "okta" }

resource "okta_app_connection" "this" {
  id       = data.okta_app.dbt.id
  base_url = "${var.access_url}/api/v3/accounts/${var.account_id}/scim/v2"
  action   = "activate"
  profile {
    auth_scheme = "TOKEN"
    token       = dbtcloud_scim_token.okta.token_string
  }
}

resource "okta_app_group_assignment" "pushed" {
  for_each = data.okta_group.pushed
  app_id   = data.okta_app.dbt.id
  group_id = each.value.id
}

resource "okta_push_group" "pushed" {
  for_each                       = data.okta_group.pushed
  app_id                         = data.okta_app.dbt.id
  source_group_id                = each.value.id
  target_group_name              = each.key
  delete_target_group_on_destroy = false
  depends_on                     = [okta_app_connection.this]
}
