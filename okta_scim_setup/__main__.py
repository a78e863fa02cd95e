"""``python -m okta_scim_setup``."""

from okta_scim_setup.cli import main

main()
