"""The second net: diagnostics of the type checker that are new after the rewrite and smell of a forgotten await."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Collection

from awaitify.gate.model import Finding
from awaitify.resolve.model import Diagnostic

BLOCKING_RULES = frozenset(
    {
        "unused-awaitable",
        "invalid-await",
        "not-iterable",
        "invalid-context-manager",
        "redundant-condition",
        "unresolved-reference",
    }
)
_HARMLESS_RULES = frozenset({"deprecated"})  # advice, not a mistake
_ASYNC_WORDS = re.compile(
    r"\b(CoroutineType|Coroutine|Awaitable|AsyncSession|AsyncGenerator(?:Type)?|AsyncIterator|AsyncIterable"
    r"|AsyncEngine|AsyncConnection|async_sessionmaker|await|awaitable)\b"
)
_SUPPRESSION = re.compile(
    rb"#[ \t]*(?:type[ \t]*:[ \t]*ignore|ty[ \t]*:[ \t]*ignore|pyright[ \t]*:|mypy[ \t]*:|noqa\b)[^\r\n]*",
    re.IGNORECASE,
)
# What is said of None (`db.bind.dialect`, `db: Session = None`) is said of the async form in the same words.
_OPTIONAL_RULES = frozenset(
    {"missing-union-attribute", "possibly-missing-attribute", "unsupported-operator", "invalid-parameter-default"}
)
_ASYNC_CLASS = re.compile(r"^Attribute \w+ (?=is not defined on None)|\bAsync(?=(?:Session|Engine|Connection)\b)")
# What is wrong with an argument that run_sync passes on was wrong before, or is not inferred through it.
_PASSED_ON = re.compile(r"^(Argument to bound method )AsyncSession\.(?=run_sync is incorrect)")
_NO_MEMBER = re.compile(r"^Module \S+ has no member (\S+)")  # an async name where only its sync form is passed on
# An attribute of a method itself has nothing to do with what the method gives.
_OF_METHOD = re.compile(r"(?i)(\btype bound method .*?\)) -> .*?(?= has no attribute|$)")
# A condition that never changes for a reason that has nothing to do with async code, whatever type is shown.
_SHOWN_TYPE = re.compile(r" \(has type .*\)$")
_LINE_NUMBER = re.compile(r"(?::\d+)+\b|\bline \d+")
_QUOTES = re.compile(r"[`'\"]")


def normalised(message: str) -> str:
    """A message without line numbers and quotes, blanks folded: equal texts mean the same complaint. What is said of a
    method's attributes is the same whatever the method gives."""
    return _OF_METHOD.sub(r"\1", " ".join(_QUOTES.sub("", _LINE_NUMBER.sub("", message)).split()))


def new_async_diagnostics(
    before: list[Diagnostic], after: list[Diagnostic], made: Collection[str] = ()
) -> list[Finding]:
    """The diagnostics that are new, as a multiset by file, rule and message, and that concern async code. made: names
    of modules that are not written yet, which the type checker does not find in their packages."""
    old = Counter((item.path, item.rule, normalised(item.message)) for item in before)
    alike = Counter((item.path, item.rule, _alike(item.rule, normalised(item.message))) for item in before)
    findings: list[Finding] = []
    for item in after:
        message = normalised(item.message)
        key = (item.path, item.rule, message)
        same = (item.path, item.rule, _alike(item.rule, message))
        if old[key] > 0 or (_is_of_both(item.rule, message) and alike[same] > 0):
            old[key] -= 1
            alike[same] -= 1
        elif item.rule in BLOCKING_RULES or (item.rule not in _HARMLESS_RULES and _is_of_async(message, made)):
            findings.append(Finding(str(item.path), item.line, item.rule, message))
    return findings


def _alike(rule: str, message: str) -> str:
    """The part of a message that is the same for sync and async code."""
    if rule == "redundant-condition" and not _ASYNC_WORDS.search(message):
        return _SHOWN_TYPE.sub("", message)
    return _ASYNC_CLASS.sub("", message)


def _is_of_both(rule: str, message: str) -> bool:
    """Whether a complaint may have nothing to do with what became async: of None, or of a value that never changes."""
    is_constant = rule == "redundant-condition" and not _ASYNC_WORDS.search(message)
    return is_constant or rule in _OPTIONAL_RULES or message.endswith("found None")


def _is_of_async(message: str, made: Collection[str]) -> bool:
    """Whether a message speaks of async things, not only of the method that passes arguments on, or of a lost name."""
    member = _NO_MEMBER.match(message)
    return bool((member and member.group(1) not in made) or _ASYNC_WORDS.search(_PASSED_ON.sub(r"\1", message)))


def blank_suppressions(text: bytes) -> bytes:
    """The text with suppression comments overwritten by blanks: same length, same lines.

    Only comment tokens are touched, so that a string that looks like one stays; where the text does not tokenise
    (a newer syntax), each match outside of it is blanked by the plain pattern."""
    if not _SUPPRESSION.search(text):
        return text
    try:
        spans = _comment_spans(text)
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return _SUPPRESSION.sub(lambda match: b" " * len(match.group()), text)
    blanked = bytearray(text)
    for start, end in spans:
        for match in _SUPPRESSION.finditer(text, start, end):
            blanked[match.start() : match.end()] = b" " * (match.end() - match.start())
    return bytes(blanked)


def _comment_spans(text: bytes) -> list[tuple[int, int]]:
    """Byte spans of the comments."""
    starts, offset = [], 0
    lines = io.BytesIO(text).readlines()
    for item in lines:
        starts.append(offset)
        offset += len(item)
    spans: list[tuple[int, int]] = []
    for token in tokenize.tokenize(io.BytesIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            start = starts[row - 1] + len(token.line[:column].encode())
            spans.append((start, start + len(token.string.encode())))
    return spans
