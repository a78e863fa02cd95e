"""Declare once, per tenant, how Okta provisions users and groups into a cloud account over SCIM.

The chain, each link a module::

    config      config.yaml -> tenants                      playbook   tenant -> resources in order
    engine      reads what is there                         comparison desired x live -> changes
    guards      a plan in, refusals out                     apply      writes, reads back, verifies
    pipeline    one tenant, by verb; cli: all side by side  report     results -> text, JSON

Only load, read, apply and verify touch the world; what decides is pure.
"""

__version__ = "0.1.0"
