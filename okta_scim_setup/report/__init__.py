"""How results are told: each format is a function from results to a string. Nothing here prints."""
