"""Methods of a test's own session that it puts something in the place of: `client.session.execute = Mock(...)`.

The async session beside it asks its own sync one, which gets the same in its place."""

from __future__ import annotations

import re

from awaitify.project.index import Project

METHODS = (
    "add", "add_all", "commit", "delete", "execute", "flush", "get", "merge", "refresh", "rollback", "scalar",
    "scalars",
)  # fmt: skip
_NAMES = "|".join(METHODS)
_SESSION = r"\w*(?:session|db)\w*"
ASSIGNED = re.compile(rf"\b{_SESSION}\.({_NAMES})\s*=(?!=)", re.IGNORECASE)
SET = re.compile(rf"\b(?:setattr|patch\.object)\(\s*(?:\w+\.)*{_SESSION},\s*[\"']({_NAMES})[\"']", re.IGNORECASE)
CODE = """            for name in ({names}):  # what a test puts in their place
                if name in vars(session):
                    setattr(async_session.sync_session, name, vars(session)[name])
"""


def faked(project: Project) -> str:
    """The code that hands on what tests put in the place of methods; empty where they do not."""
    texts = [file.source.text.decode() for file in project.files if file.is_test]
    found = {name for text in texts for pattern in (ASSIGNED, SET) for name in pattern.findall(text)}
    names = [f'"{name}"' for name in METHODS if name in found]
    return CODE.format(names=", ".join(names) + "," * (len(names) == 1)) if names else ""
