"""What config.yaml and playbooks are made of: YAML with lines, templates, and their checks."""
