"""New strings follow the quotes of their file."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from awaitify.formatting.pieces import parser


def is_single_quoted(source: bytes) -> bool:
    """Whether a file writes its strings with ' throughout, but for those that hold one."""
    texts = [_text(node) for node in _strings(parser().parse(source).root_node)]
    plain = [text.lstrip("rRbBfFuU") for text in texts if not _is_fixed(text)]
    single = sum(text.startswith("'") for text in plain)
    return single >= 3 and single > 4 * (len(plain) - single)


def follow_quotes(before: bytes, after: bytes) -> bytes:
    """after, where strings that before does not have are in single quotes if it has such throughout; same lengths."""
    if not is_single_quoted(before):
        return after
    known = {_text(node) for node in _strings(parser().parse(before).root_node)}
    result = bytearray(after)
    for node in _strings(parser().parse(after).root_node):
        text = _text(node)
        if text in known or _is_fixed(text) or not text.endswith('"'):
            continue
        result[node.start_byte + len(text.encode()) - len(text.lstrip("rRbBfFuU").encode())] = ord("'")
        result[node.end_byte - 1] = ord("'")
    return bytes(result)


def _is_fixed(text: str) -> bool:
    """Whether a string cannot take other quotes as it is: a long one, or one with quotes or escapes inside."""
    bare = text.lstrip("rRbBfFuU")
    return bare.startswith(('"""', "'''")) or any(mark in bare[1:-1] for mark in ("'", '"', "\\"))


def _strings(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "string":
            yield child
        else:
            yield from _strings(child)


def _text(node: Node) -> str:
    return (node.text or b"").decode()
