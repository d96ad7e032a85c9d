"""Findings of `awaitify check` for people and machines: one module a format, with `render(findings) -> str`."""
