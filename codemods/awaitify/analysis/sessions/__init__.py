"""Sessions: what their calls become, which classes they have, where they come from and where they are kept."""
