"""The edits of clients that get their async form."""
