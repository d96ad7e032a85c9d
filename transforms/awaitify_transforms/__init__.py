"""How a tree changes: one construct, one transform, one file."""
