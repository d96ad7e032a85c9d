"""Properties that wait, and that become methods which their readers await."""
