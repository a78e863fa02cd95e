"""What a tenant may say: its own keys, and each provider's fields."""

from __future__ import annotations

from functools import cache

from okta_scim_setup import registry
from okta_scim_setup.language.validation import mentions
from okta_scim_setup.secret import Secret, SecretReference

DEFAULT_PLAYBOOK = "dbt_cloud_scim"
"""The shipped playbook that is used where none is named."""


@cache
def tenant_keys() -> tuple[str, ...]:
    """The keys of a tenant."""
    return ("playbook", "tags", "terraform", "variables", "accept", *registry.providers())


@cache
def secret_paths() -> frozenset[tuple[str, str]]:
    """Each provider's field that takes a reference to a secret."""
    return frozenset(
        (provider, name)
        for provider in registry.providers()
        for name, described in registry.settings(provider).model_fields.items()
        if mentions(described.annotation, Secret, SecretReference)
    )


@cache
def columns() -> tuple[str, ...]:
    """What a column of a CSV file may be called, ``variables.NAME`` aside."""
    fields = (
        f"{provider}.{name}"
        for provider in registry.providers()
        for name in registry.settings(provider).model_fields
        if (provider, name) not in secret_paths()
    )
    return ("tenant", "tags", "playbook", "terraform", *fields)
