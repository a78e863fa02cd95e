"""The simulated dbt Cloud: its admin API; SCIM is beside it, on the same accounts."""
