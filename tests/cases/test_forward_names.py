"""Mapped classes that annotations name in a string, and that their file never imports: SQLAlchemy's registry does."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

ROOM = """
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Room(Base):
    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]

    def as_dictionary(self) -> dict[str, str]:
        return {"label": self.label}
"""
SEAT = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base


class Seat(Base):
    __tablename__ = "seats"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    room: Mapped["Room"] = relationship("Room")

    def described(self) -> dict[str, str]:
        return self.room.as_dictionary()
"""
BODY = """
Base.metadata.create_all(engine)


@app.post("/seats/{label}")
def make(label: str, db: Session = Depends(get_db)) -> int:
    room = Room(label=label)
    db.add(room)
    db.flush()
    db.add(Seat(room_id=room.id))
    db.commit()
    return room.id


@app.get("/seats")
def read(db: Session = Depends(get_db)) -> list[dict[str, str]]:
    return [seat.described() for seat in db.query(Seat).order_by(Seat.id)]
"""
IMPORTS = "from app.database import Base, engine\nfrom app.room import Room\nfrom app.seat import Seat"
REQUESTS = [("POST", "/seats/a", None), ("POST", "/seats/b", None), ("GET", "/seats", None)]


def test_their_methods_are_known(tmp_path: Path) -> None:
    root = write_service(tmp_path / "service", {"app/room.py": ROOM, "app/seat.py": SEAT, **app(BODY, IMPORTS)})
    before = answers(root, REQUESTS)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert "import Room" not in (root / "app/seat.py").read_text()
    assert answers(root, REQUESTS) == before
