"""Parser for WhatsApp's "Export chat" text files (Android and iOS variants)."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ANDROID_LINE = re.compile(
    r"^(?P<date>\d{1,2}/\d{1,2}/\d{2,4}), (?P<time>\d{1,2}:\d{2}(?:\s?[APap][Mm])?)"
    r" - (?P<rest>.*)$"
)
IOS_LINE = re.compile(
    r"^\u200e?\[(?P<date>\d{1,2}/\d{1,2}/\d{2,4}), "
    r"(?P<time>\d{1,2}:\d{2}:\d{2}(?:\s?[APap][Mm])?)\] (?P<rest>.*)$"
)
MEDIA_MARKERS = ("<Media omitted>", "image omitted", "video omitted", "audio omitted")

DATE_FORMATS = ("%d/%m/%y", "%d/%m/%Y", "%m/%d/%y", "%m/%d/%Y")
TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p")


class ParseError(ValueError):
    pass


@dataclass
class ParsedMessage:
    sender: str
    content: str
    sent_at: datetime

    @property
    def is_media(self) -> bool:
        return any(marker in self.content for marker in MEDIA_MARKERS)


def _parse_timestamp(date: str, time: str) -> datetime:
    time = time.replace("\u202f", " ").upper()
    for date_format in DATE_FORMATS:
        for time_format in TIME_FORMATS:
            try:
                return datetime.strptime(
                    f"{date} {time}", f"{date_format} {time_format}"
                )
            except ValueError:
                continue
    raise ParseError(f"Unknown timestamp: {date} {time}")


def iter_messages(lines: list[str]) -> Iterator[ParsedMessage]:
    current: ParsedMessage | None = None
    for line in lines:
        match = ANDROID_LINE.match(line) or IOS_LINE.match(line)
        if match is None:
            if current is not None and line.strip():
                current.content += "\n" + line
            continue
        if current is not None:
            yield current
            current = None
        sender, separator, content = match["rest"].partition(": ")
        if separator:  # lines without a sender are system notices
            sent_at = _parse_timestamp(match["date"], match["time"])
            current = ParsedMessage(sender.strip(), content.strip(), sent_at)
    if current is not None:
        yield current


def read_export(path: Path) -> str:
    if path.suffix == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                names = [n for n in archive.namelist() if n.endswith(".txt")]
                if not names:
                    raise ParseError("The archive has no .txt file")
                return archive.read(names[0]).decode("utf-8-sig", errors="replace")
        except zipfile.BadZipFile:
            raise ParseError("The archive is damaged") from None
    with open(path, encoding="utf-8-sig", errors="replace") as f:
        return f.read()


def parse_export(path: Path) -> list[ParsedMessage]:
    messages = list(iter_messages(read_export(path).splitlines()))
    if not messages:
        raise ParseError("No WhatsApp messages found in this file")
    return messages
