"""The command line: one module a command, of the same name."""
