"""Legacy queries, from their roots to what executes them, through names, branches and functions."""
