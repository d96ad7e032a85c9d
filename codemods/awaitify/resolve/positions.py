"""Byte offsets of the original text against lines and columns of the text that the server sees."""

from __future__ import annotations

import re
from bisect import bisect_right

from awaitify.resolve.model import VirtualFile

_LINE_END = re.compile(rb"\r\n|\n|\r")


class Lines:
    """The line starts of a text; lines count from 0, columns are UTF-8 bytes."""

    def __init__(self, text: bytes) -> None:
        self.size = len(text)
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        line = bisect_right(self._starts, offset) - 1
        return line, offset - self._starts[line]

    def offset(self, line: int, column: int) -> int:
        """The offset of a position, at most the end of the text."""
        start = self._starts[line] if line < len(self._starts) else self.size
        return min(start + column, self.size)


class VirtualText:
    """The text that the server sees for a file, and the way between its positions and original offsets."""

    def __init__(self, file: VirtualFile) -> None:
        self.file = file
        self.original = file.text
        pieces: list[bytes] = []
        at = shift = 0
        self._places: list[int] = []  # original offsets of the insertions
        self._shifts: list[int] = [0]  # bytes inserted before the i-th insertion
        self._starts: list[int] = []  # where each insertion starts in the virtual text
        for insertion in sorted(file.insertions, key=lambda item: item.offset):
            text = insertion.text.encode()
            pieces += [file.text[at : insertion.offset], text]
            at = insertion.offset
            self._places.append(at)
            self._starts.append(at + shift)
            shift += len(text)
            self._shifts.append(shift)
        pieces.append(file.text[at:])
        self.end = len(file.text) + shift  # the virtual offset where the appended part starts
        if file.appended:
            pieces.append(b"\n" + file.appended.encode())
        self.text = b"".join(pieces)
        self._lines = Lines(self.text)
        self._original_lines = Lines(file.text) if self._places else self._lines

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) in the virtual text of an original offset. A place of insertion means what follows it."""
        return self._lines.position(offset + self._shifts[bisect_right(self._places, offset)])

    def offset(self, line: int, column: int) -> int | None:
        """The original offset of a virtual position; inside an insertion: its place; in the appended part: None."""
        virtual = self._lines.offset(line, column)
        if virtual > self.end:
            return None
        index = bisect_right(self._starts, virtual) - 1
        if index < 0:
            return virtual
        after = self._starts[index] + self._shifts[index + 1] - self._shifts[index]
        return virtual - self._shifts[index + 1] if virtual >= after else self._places[index]

    def line(self, line: int, column: int) -> int | None:
        """The original line, counted from 1, of a virtual position; None in the appended part."""
        offset = self.offset(line, column)
        return None if offset is None else self._original_lines.position(offset)[0] + 1


def word_at(text: bytes, offset: int) -> str:
    """The identifier that starts at an offset, "" when there is none."""
    match = re.match(rb"(?:\w|[\x80-\xff])+", text[offset : offset + 200])
    return match.group().decode(errors="replace") if match else ""
