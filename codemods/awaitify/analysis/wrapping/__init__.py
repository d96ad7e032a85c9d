"""Decorators of the project: what they put around the functions under them."""
