"""One folder per provider, one file per kind; providers never import each other."""
