"""The SCIM 2.0 endpoint of a dbt account (RFC 7643, RFC 7644): it really stores."""
