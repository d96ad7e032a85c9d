"""What is put beside a request (`request.state.claims = jwt.decode(...)`): plain data, if all that is put there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

IMPORTS = """
import json

from fastapi import Request
"""
BODY = """
def decoded(token: str):
    try:
        return json.loads(token)
    except ValueError:
        return HTTPException(401)


@app.middleware("http")
async def keep_claims(request: Request, call_next):
    claims = request.headers.get("X-Claims", '{"name": "a"}')
    if claims:
        claims = decoded(claims)
        request.state.claims = VALUE
    return await call_next(request)


def checked(claims):
    if claims and claims.get("late"):
        raise HTTPException(401)
    return claims


def known(db: Session, claims):
    claims = checked(claims)
    name = claims.get("name")
    return db.query(Item).filter_by(name=name).first()


def known_admin(db: Session, claims):
    found = known(db, claims)
    return found if found is not None and found.price else None


@app.post("/items/{name}")
def add(name: str, db: Session = Depends(get_db)) -> None:
    db.add(Item(name=name, price=1))
    db.commit()


@app.get("/me")
def me(request: Request, db: Session = Depends(get_db)) -> str | None:
    found = known_admin(db=db, claims=request.state.claims)
    return found.name if found else None


@app.get("/mine")
def mine(request: Request, db: Session = Depends(get_db)) -> list[str]:
    claims = request.state.claims
    return [item.name for item in db.query(Item).filter_by(name=claims.get("name"))]
"""
REQUESTS = [("GET", "/me", None), ("POST", "/items/a", None), ("GET", "/me", None), ("GET", "/mine", None)]


def test_it_holds_nothing_back(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(BODY.replace("VALUE", "claims"), IMPORTS))
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200] * 4
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


OTHERS = {
    "of a class that nobody knows": "Claims(claims)",
    "set under any name": "claims\n        setattr(request.state, 'claims', Claims(claims))",
    "changed elsewhere": "claims\n        request.state.claims = Claims(claims)",
}
CLAIMS = """
import vendor_claims


def Claims(values):
    return vendor_claims.wrap(values)
"""


@pytest.mark.parametrize("other", OTHERS)
def test_what_may_be_more_than_that_does(other: str, tmp_path: Path) -> None:
    root = write_service(tmp_path, app(CLAIMS + BODY.replace("VALUE", OTHERS[other]), IMPORTS))
    found = outcomes(converted(root))
    assert (found["GET /me"], found["GET /mine"]) == ("left", "left")
