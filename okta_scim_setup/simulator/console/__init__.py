"""The admin console of the simulated Okta: what a person can change in it, and its pages."""
