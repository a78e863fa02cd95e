"""The simulated Okta: one module for each part of its API."""
