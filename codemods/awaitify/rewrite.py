"""One file's rewrite: bytes and planned edits in, bytes out. Pure: reads no file, knows no project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import libcst as cst
from awaitify_transforms.base import Source
from awaitify_transforms.dispatch import Dispatcher, EditError
from awaitify_transforms.edits import Edit
from awaitify_transforms.order import ORDER
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from awaitify.errors import RefusedError


class RewriteError(RefusedError):
    """A file that cannot be rewritten as planned; nothing of it is. path, edit (None: the file itself) and reason."""

    def __init__(self, path: str, edit: Edit | None, reason: str) -> None:
        self.path, self.edit, self.reason = path, edit, reason
        at = f"{type(edit).__name__} at bytes {edit.span[0]}-{edit.span[1]}: " if edit is not None else ""
        super().__init__(f"{path or 'the file'} cannot be rewritten: {at}{reason}")


def rewrite(source: bytes, edits: Sequence[Edit], path: str = "") -> bytes:
    """The source (canonical UTF-8, no byte order mark) with every edit carried out exactly once.

    One parse, one lookup of positions, one traversal. path is for the message only. Raises RewriteError.
    """
    if not edits:
        return source
    try:
        module = cst.parse_module(source)
    except (cst.ParserSyntaxError, UnicodeDecodeError) as error:
        raise RewriteError(path, None, f"it does not parse: {error}") from error
    # A module that was just parsed has no node twice, so the wrapper's deep copy is not needed.
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    positions = cast(dict, wrapper.resolve(ByteSpanPositionProvider))
    try:
        dispatcher = Dispatcher(Source(module, source, positions), edits, ORDER)
        result = module.visit(dispatcher)
    except EditError as error:
        raise RewriteError(path, error.edit, str(error)) from error
    if dispatcher.done != len(edits):
        raise RewriteError(path, None, f"{dispatcher.done} of {len(edits)} edits were carried out")
    return result.code.encode("utf-8")
