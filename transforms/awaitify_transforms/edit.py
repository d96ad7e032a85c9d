"""What all edits have: a place, a reason, and a form in JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One planned change. `span` is the key under which the rewrite looks it up; each is consumed exactly once."""

    span: Span
    reason: str = ""

    registry: ClassVar[dict[str, type[Edit]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super(Edit, cls).__init_subclass__(**options)
        Edit.registry[cls.__name__] = cls

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain values, with the name of the edit under "edit"."""
        return {"edit": type(self).__name__, **asdict(self)}


def _frozen(value: Any) -> Any:
    """JSON has lists where the edits have tuples, of any depth."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def edit_from_json(data: dict[str, Any]) -> Edit:
    """The edit that `to_json` wrote. Raises KeyError for an unknown one."""
    cls = Edit.registry[data["edit"]]
    known = {field.name for field in fields(cls)}
    values = {name: _frozen(value) for name, value in data.items() if name in known}
    return cls(**values)
