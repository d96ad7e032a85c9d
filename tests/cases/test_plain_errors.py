"""What an error of boto3 tells is plain data: `error.response.get("Error", {}).get("Code")`."""

from __future__ import annotations

import sys
from pathlib import Path

from ..pipeline_tools import answers, app, converted, outcomes, write_service  # noqa: TID252

MAIN = """
from botocore.exceptions import ClientError


def refuse() -> None:
    raise ClientError({"Error": {"Code": "Gone", "Message": "it went"}}, "GetObject")


@app.get("/code")
def code(db: Session = Depends(get_db)):
    try:
        refuse()
    except ClientError as error:
        found = error.response.get("Error", {})
        return [found.get("Code"), error.response.get("Error", {}).get("Message"), db.query(Item).count()]


@app.get("/other")
def other(db: Session = Depends(get_db)):
    try:
        refuse()
    except ClientError as error:
        return [error.other.get("Error"), db.query(Item).count()]
"""
REQUESTS = [("GET", "/code", None)]


def test_the_parts_of_an_error_are_plain(tmp_path: Path) -> None:
    root = write_service(tmp_path, app(MAIN))
    before = answers(root, REQUESTS)
    assert before["answers"] == [[200, ["Gone", "it went", 0]]]
    assert outcomes(converted(root, python=Path(sys.executable))) == {"GET /code": "native", "GET /other": "left"}
    assert answers(root, REQUESTS) == before
