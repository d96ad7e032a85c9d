"""Comments that speak to a linter or a type checker must stay on the line that they are about."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

PRAGMA = re.compile(r"  (#\s*(?:noqa|nosec|nosemgrep|NOSONAR|pylint:|type:|mypy:|pyright:|ty:|ruff:|pragma:).*)$")


#: What a type checker is told at the end of an expression, and the rest of the expression on the line below.
ENDED = re.compile(
    r"^(?P<end> *\)) *(?P<pragma>#\s*(?:type|mypy|pyright|ty):[^\r\n]*)(?P<rest>\r?\n *\)[.\[][^#\r\n]*)(?=\r?$)", re.M
)


def keep_ending(before: str, lines: list[str]) -> list[str]:
    """lines, where `# type: ignore` behind the end of a query stands at the end of what reads its result, if before has
    no such place: a checker looks at the first and the last line of what it complains of."""
    text = "".join(lines)
    if ENDED.search(before) or not ENDED.search(text):
        return lines
    told = ENDED.sub(r"\g<end>\g<rest>  \g<pragma>", text)
    return [line.decode() for line in told.encode().splitlines(keepends=True)]


def keep_pragma(before: str, after: str) -> str:
    """after, the laid out form of the one-line statement before: a comment like `# noqa: E712` that came to stand at
    its end is moved to the line that has most of what it stood beside."""
    lines = after.splitlines(keepends=True)
    found = PRAGMA.search(before.rstrip("\r\n"))
    if found is None or len(before.splitlines()) != 1 or len(lines) < 2:
        return after
    comment, last = found.group(1), lines[-1].rstrip("\r\n")
    if not last.endswith(f"  {comment}"):
        return after
    code = before[: found.start()].strip()
    best = max(range(len(lines)), key=lambda number: _shared(code, lines[number]))
    lines[-1] = lines[-1].replace(f"  {comment}", "", 1)
    text = lines[best].rstrip("\r\n")
    lines[best] = f"{text}  {comment}{lines[best][len(text) :]}"
    return "".join(lines)


def _shared(code: str, line: str) -> int:
    """The length of the longest text that both have."""
    return SequenceMatcher(None, code, line, autojunk=False).find_longest_match().size
