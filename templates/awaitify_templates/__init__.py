"""Jinja2 templates for reports and generated code."""
