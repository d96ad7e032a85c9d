"""Clients of libraries with a native async form: found, followed to every place that they reach."""
