"""SQLAlchemy before 2.0 has no async_sessionmaker and no types: routes stay, and the report says why."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, route, write_service  # noqa: TID252

BODY = """
@app.post("/a")
def a(name: str, db: Session = Depends(get_db)):
    db.add(Item(name=name))
    db.commit()
    return {"n": db.query(Item).count()}
"""


def test_the_factory_has_no_async_form_there(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    (environment / "lib/python3.11/site-packages/SQLAlchemy-1.4.54.dist-info").mkdir(parents=True)
    root = write_service(tmp_path / "service", app(BODY))
    result = converted(root, python=environment)
    assert outcomes(result) == {"POST /a": "left"} and not result.after
    assert any("since 2.0" in reason.message for reason in route(result, "POST", "/a").reasons)
    assert [item.message for item in result.plan.warnings if item.rule == "sqlalchemy-version"]
