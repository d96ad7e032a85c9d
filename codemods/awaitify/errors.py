"""Errors that end a command with one clear line and an exit code."""

from __future__ import annotations


class AwaitifyError(Exception):
    """Wrong use or configuration (exit code 2). The message says what, where, and what to do."""

    exit_code = 2


class RefusedError(AwaitifyError):
    """Nothing was written because it would not have been safe (exit code 3)."""

    exit_code = 3
