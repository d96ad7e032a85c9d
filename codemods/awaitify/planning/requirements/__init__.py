"""The packages that the converted service needs, in the files that list them."""
