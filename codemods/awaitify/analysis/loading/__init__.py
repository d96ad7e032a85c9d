"""Lazy loads in functions that become async: found, cured, or a reason to leave the function."""
