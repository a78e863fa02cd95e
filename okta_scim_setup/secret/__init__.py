"""Secrets: values that print as ``***``, the references that lead to them, and their one keeper."""

from okta_scim_setup.secret.keeper import Keeper
from okta_scim_setup.secret.reference import SecretReference
from okta_scim_setup.secret.value import SINK, Secret

__all__ = ["SINK", "Keeper", "Secret", "SecretReference"]
