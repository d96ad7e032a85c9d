"""What the calls of libraries do: rule packs, their patterns, and the libraries' own source."""
