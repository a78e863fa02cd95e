"""What people get wrong in a config and in a playbook, and what they shall be told."""

from __future__ import annotations

from dataclasses import dataclass, field

CONFIG = """\
tenants:
  acme:
    tags: [prod]
    okta:
      org_url: ORG
      token: !secret file:okta.token
    dbt_cloud:
      access_url: DBT
      account_id: 70403101
      token: !secret file:dbt.token
    variables:
      app: dbt acme
"""

PLAYBOOK = """\
variables:
  app:
  groups: []
resources:
  - kind: okta.saml_app
    name: dbt
    label: "{{ app }}"
  - kind: dbt_cloud.scim_config
    enabled: true
  - kind: dbt_cloud.scim_token
    name: okta
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/okta.token
  - kind: okta.group_push
    for_each: "{{ groups }}"
    name: "{{ item.name }}"
    app: !ref okta.saml_app/dbt.id
"""

GLOBEX = """\
  globex:
    okta: {org_url: ORG, token: !secret file:okta.token}
    dbt_cloud: {access_url: DBT, account_id: 70403102, token: !secret file:dbt.token}
    variables: {app: dbt globex}
"""

LITERAL = "00-a-literal-that-nobody-may-see"


@dataclass(frozen=True)
class Mistake:
    """A change of the files, and what is said of it."""

    old: str
    new: str
    title: str
    notes: dict[str, str] = field(default_factory=dict)
    """A part of each note that must be there."""
    more: str = ""
    """What is added to the file."""


def of_line(number: int, file: str = "config.yaml") -> dict[str, str]:
    return {"from": f"{file}:{number}"}


IN_CONFIG = {
    "yaml: a colon in text": Mistake(
        "app: dbt acme", "app: dbt: acme", "a colon and a space stand where no further key may",
        of_line(12) | {"do": "quotes"},
    ),
    "yaml: an open quote": Mistake(
        "app: dbt acme", 'app: "dbt acme', "a quote is opened here and not closed", of_line(12)
    ),
    "yaml: an open bracket": Mistake(
        "tags: [prod]", "tags: [prod", "a bracket is opened here and not closed", of_line(3)
    ),
    "yaml: a tab": Mistake(
        "      app: dbt acme", "\t\tapp: dbt acme", "a tab stands where only spaces may",
        of_line(12) | {"do": "spaces"},
    ),
    "yaml: an unquoted template": Mistake(
        "dbt acme", "{{ tenant }}", "a template stands outside quotes",
        of_line(12) | {"do": '"{{ ... }}"'},
    ),
    "yaml: a key twice": Mistake(
        "app: dbt acme", "app: dbt acme", 'the key "app" is there twice',
        of_line(13) | {"but": "config.yaml:12"}, more="      app: dbt other\n",
    ),
    "yaml: a list instead of a mapping": Mistake(
        "    variables:\n      app: dbt acme", "    variables: [app]",
        "acme: variables: must be a mapping", of_line(11),
    ),
    "unknown key at the top": Mistake(
        "tenants:", "include: []\ntenents:", 'unknown key "tenents"',
        of_line(2) | {"near": '"tenants"'},
    ),
    "unknown key of a tenant": Mistake(
        "tags: [prod]", "tgas: [prod]", 'acme: a tenant has no "tgas"',
        of_line(3) | {"near": '"tags"'},
    ),
    "unknown key of a provider": Mistake(
        "org_url: ORG", "org_url: ORG\n      tokn: x", 'acme: okta: no attribute "tokn"',
        of_line(6) | {"near": '"token"'},
    ),
    "misspelt key that is required": Mistake(
        "org_url:", "org_ulr:", 'acme: okta: no attribute "org_ulr"',
        of_line(5) | {"near": '"org_url"'},
    ),
    "unknown playbook": Mistake(
        "tags: [prod]", "playbook: dbt_cloud_scmi", 'acme: no playbook is called "dbt_cloud_scmi"',
        of_line(3) | {"near": '"dbt_cloud_scim"'},
    ),
    "no such playbook file": Mistake(
        "tags: [prod]", "playbook: ./nowhere.yaml", "acme: there is no playbook nowhere.yaml",
        of_line(3),
    ),
    "unknown variable": Mistake(
        "app: dbt acme", "app: dbt acme\n      grups: []",
        'acme: dbt_cloud_scim has no variable "grups"', of_line(13) | {"near": '"groups"'},
    ),
    "misspelt variable that must be set": Mistake(
        "app: dbt acme", "apps: dbt acme", 'acme: dbt_cloud_scim has no variable "apps"',
        of_line(12) | {"near": '"app"'},
    ),
    "variable that must be set": Mistake(
        "app: dbt acme", "groups: []", "acme: variables.app must be set",
        of_line(2) | {"do": "app: ..."},
    ),
    "variable of a wrong type": Mistake(
        "app: dbt acme", "app: 5", "acme: okta.saml_app/dbt: label: must be text",
        {"from": "config.yaml:12 variables.app, used in dbt_cloud_scim:"},
    ),
    "variable that must be a list": Mistake(
        "app: dbt acme", "app: dbt acme\n      groups: devs",
        "acme: variables.groups: must be a list", of_line(13),
    ),
    "undefined variable": Mistake(
        "dbt acme", '"dbt {{ tenent }}"', 'acme: nothing is called "tenent" here',
        of_line(12) | {"near": '"tenant"', "asked": "tenent"},
    ),
    "undefined variable in a filter": Mistake(
        "dbt acme", '"{{ tenent | upper }}"', 'acme: nothing is called "tenent" here',
        of_line(12) | {"near": '"tenant"'},
    ),
    "unknown filter": Mistake(
        "dbt acme", '"{{ tenant | uper }}"', 'acme: no filter is called "uper"',
        of_line(12) | {"near": '"upper"'},
    ),
    "template that can't be read": Mistake(
        "dbt acme", '"{{ tenant "', "acme: the template can't be read", of_line(12)
    ),
    "template that looks inside": Mistake(
        "dbt acme", '"{{ tenant.__class__.__mro__ }}"', "acme: a template may not do this",
        of_line(12),
    ),
    "tags that aren't a list": Mistake(
        "[prod]", "prod", "acme: tags: must be a list of words", of_line(3)
    ),
    "include that matches nothing": Mistake(
        "tenants:", "include: [clients/*.yaml]\ntenants:",
        'include: "clients/*.yaml" matches no file', of_line(1),
    ),
    "secret with a space": Mistake(
        "!secret file:okta.token", "!secret env: OKTA", "a tag's text must not hold a colon and a",
        of_line(6) | {"do": "!secret env:NAME"},
    ),
    "secret store that nobody knows": Mistake(
        "!secret file:okta.token", "!secret valt:okta", "acme: this isn't a reference to a secret",
        of_line(6) | {"do": "env:, file:"},
    ),
    "literal in a secret field": Mistake(
        "!secret file:okta.token", LITERAL, "acme: okta.token: a value stands where only a ref",
        of_line(6) | {"do": "!secret SCHEME:REFERENCE"},
    ),
    "quoted literal in a secret field": Mistake(
        "!secret file:dbt.token", f'"{LITERAL}"', "acme: dbt_cloud.token: a value stands where",
        of_line(10),
    ),
    "literal behind !secret": Mistake(
        "!secret file:okta.token", f"!secret {LITERAL}", "acme: this isn't a reference to",
        of_line(6),
    ),
    "literal that looks like a reference": Mistake(
        "!secret file:okta.token", f"!secret {LITERAL}:x", "acme: this isn't a reference to",
        of_line(6),
    ),
    "literal in a template": Mistake(
        "!secret file:okta.token", f'"{LITERAL}{{{{ tenant }}}}"', "acme: okta.token: a value",
        of_line(6),
    ),
    "secret in another field": Mistake(
        "app: dbt acme", "app: !secret env:APP", "acme: variables.app: a secret has no place here",
        of_line(12) | {"do": "okta.token"},
    ),
    "no way to sign in": Mistake(
        "      token: !secret file:okta.token\n", "", "acme: okta: needs token, or client_id and",
        of_line(4),
    ),
    "the admin console's address": Mistake(
        "org_url: ORG", "org_url: https://acme-admin.okta.com",
        "acme: okta.org_url: https://acme-admin.okta.com is the admin console's address; "
        "write https://acme.okta.com", of_line(5),
    ),
    "http to another host": Mistake(
        "org_url: ORG", "org_url: http://acme.okta.com",
        "acme: okta.org_url: must be https; http goes to this machine only", of_line(5),
    ),
    "an address with a path": Mistake(
        "org_url: ORG", "org_url: https://acme.okta.com/admin",
        "acme: okta.org_url: must be the address alone: https://acme.okta.com", of_line(5),
    ),
    "an address with a password": Mistake(
        "org_url: ORG", f"org_url: https://me:{LITERAL}@acme.okta.com",
        "acme: okta.org_url: must not hold a user name or a password", of_line(5),
    ),
    "an address without a scheme": Mistake(
        "access_url: DBT", "access_url: ab123.us1.dbt.com",
        "acme: dbt_cloud.access_url: must begin with https://", of_line(8),
    ),
    "an account id that isn't a number": Mistake(
        "70403101", "acme", "acme: dbt_cloud.account_id: must be the account's number", of_line(9)
    ),
    "two tenants with one account": Mistake(
        "70403101", "70403102", "acme and globex are the same dbt_cloud account", of_line(2),
        more=GLOBEX,
    ),
    "two tenants with one app": Mistake(
        "app: dbt acme", "app: dbt globex", "acme and globex are set up with one okta.saml_app",
        {"from": "config.yaml:12 variables.app"}, more=GLOBEX,
    ),
}  # fmt: skip

IN_PLAYBOOK = {
    "unknown key": Mistake(
        "resources:", "resorces:", 'unknown key "resorces"',
        of_line(4, "play.yaml") | {"near": '"resources"'},
    ),
    "unknown kind": Mistake(
        "kind: okta.group_push", "kind: okta.grouppush", 'acme: no kind is called "okta.grouppush"',
        of_line(16, "play.yaml") | {"near": '"okta.group_push"'},
    ),
    "unknown attribute": Mistake(
        "label:", "lable:", 'acme: okta.saml_app: no attribute "lable"',
        of_line(7, "play.yaml") | {"near": '"label"'},
    ),
    "undefined variable": Mistake(
        "{{ app }}", "{{ ap | upper }}", 'acme: nothing is called "ap" here',
        of_line(7, "play.yaml") | {"near": '"app"'},
    ),
    "reference to nothing": Mistake(
        "okta.saml_app/dbt.id\n    base", "okta.saml_app/dbtt.id\n    base",
        "acme: okta.scim_provisioning: app: a reference to nothing: okta.saml_app/dbtt",
        of_line(13, "play.yaml") | {"near": "okta.saml_app/dbt"},
    ),
    "reference to an output that isn't there": Mistake(
        "scim_token/okta.token", "scim_token/okta.tokn",
        'acme: okta.scim_provisioning: token: dbt_cloud.scim_token/okta gives no "tokn"',
        of_line(15, "play.yaml") | {"near": '"token"'},
    ),
    "reference that is none": Mistake(
        "!ref okta.saml_app/dbt.id\n    base", "!ref dbt\n    base",
        'acme: "dbt" isn\'t kind/name.output', of_line(13, "play.yaml"),
    ),
    "a circle": Mistake(
        "    name: okta\n", "    name: okta\n    depends_on: [okta.scim_provisioning]\n",
        "acme: these wait for each other: ", {"from": "play.yaml:", "do": "remove one"},
    ),
    "wrong type": Mistake(
        "enabled: true", "enabled: yes", "acme: dbt_cloud.scim_config: enabled: must be true or",
        of_line(9, "play.yaml") | {"but": "write true or false"},
    ),
    "a name where there is one per account": Mistake(
        "enabled: true", "name: x", "acme: dbt_cloud.scim_config has no name",
        of_line(9, "play.yaml"),
    ),
    "a secret": Mistake(
        "enabled: true", "enabled: !secret env:X", "acme: dbt_cloud.scim_config: enabled: a secret",
        of_line(9, "play.yaml"),
    ),
}  # fmt: skip
