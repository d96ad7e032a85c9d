"""Calls of requests that become a client of httpx around their statement, where nobody can see a difference."""
