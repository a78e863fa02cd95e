"""The rules: each is a module named by its id and what it objects to."""
