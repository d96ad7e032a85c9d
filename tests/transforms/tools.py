"""Two verbs for the tests of transforms. Spans are marked in the source: `«0:f(x)»` is the span numbered 0."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from textwrap import dedent
from typing import Any

import pytest
from awaitify.rewrite import RewriteError, rewrite
from awaitify_transforms.edits import Edit, Span

MARK = re.compile(r"«(?:(\d+):)?|»")
Builder = Callable[..., Edit | Sequence[Edit]]


def marked(source: str) -> tuple[bytes, list[Span]]:
    """The source without its marks, as bytes, and the marked spans by number (unnumbered ones in order of opening)."""
    text, open_marks, spans, last = b"", [], {}, 0
    for mark in MARK.finditer(source):
        text += source[last : mark.start()].encode()
        last = mark.end()
        if mark.group().startswith("«"):
            number = int(mark.group(1)) if mark.group(1) else len(spans) + len(open_marks)
            open_marks.append((number, len(text)))
        else:
            number, start = open_marks.pop()
            spans[number] = (start, len(text))
    return text + source[last:].encode(), [spans[number] for number in sorted(spans)]


def transformed(before: str, build: Builder) -> str:
    """The rewritten source; build gets the marked spans and gives the edits."""
    source, spans = marked(dedent(before))
    edits: Any = build(*spans)
    return rewrite(source, [edits] if isinstance(edits, Edit) else list(edits)).decode()


def check_transformed(before: str, after: str, build: Builder) -> None:
    """before becomes after, which compiles."""
    result = transformed(before, build)
    assert result == dedent(after)
    compile(result, "after", "exec", dont_inherit=True)


def check_noop(before: str, build: Builder) -> None:
    """The edits leave the source as it is."""
    source, _ = marked(dedent(before))
    assert transformed(before, build) == source.decode()


def check_refused(before: str, build: Builder, reason: str) -> None:
    """The edits are refused, with this reason in the message."""
    with pytest.raises(RewriteError, match=reason):
        transformed(before, build)
