"""What templates call reads objects too: functions of the environment, of the context, filters, and methods."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from ..pipeline_tools import answers, converted, outcomes, route, rules, write_service  # noqa: TID252
from .test_carried_reads import service

BOSS = """
def boss_of(member):
    return chief(member)


def chief(member):
    return member.boss.name if member.boss else ""
"""
STEPS = ["one", "two", "three", "four", "five", "six", "boss_of"]
DEEP = BOSS + "".join(f"\n\ndef {one}(member):\n    return {other}(member)\n" for one, other in pairwise(STEPS))
SHOWN = """

@app.get("/shown")
def shown(request: Request, db: Session = Depends(get_db)):
    member = db.query(Member).filter(Member.id == 2).one()
    return page.TemplateResponse(request, "shown.html", {"member": memberGIVEN})
"""
#: What registers it, what else the context holds, and what the template says.
FORMS = {
    "global": (f'{BOSS}\n\npage.env.globals["boss_of"] = boss_of\n', "", "{{ boss_of(member) }}"),
    "other name": (f"{BOSS}\n\npage.env.globals.update(chief_name=boss_of)\n", "", "{{ chief_name(member) }}"),
    "dictionary": (f'{BOSS}\n\npage.env.globals.update({{"boss_of": boss_of}})\n', "", "{{ boss_of(member) }}"),
    "filter": (f'{BOSS}\n\npage.env.filters["boss"] = boss_of\n', "", "{{ member | boss }}"),
    "lambda": ('page.env.filters["boss"] = lambda member: member.boss.name\n', "", "{{ member | boss }}"),
    "context": (BOSS, ', "boss_of": boss_of', "{{ boss_of(member) }}"),
    "method": ("", "", "{{ member.brief() }}"),
    "deep": (f'{DEEP}\n\npage.env.globals["one"] = one\n', "", "{{ one(member) }}"),
}
REQUESTS = [("POST", "/seed", None), ("GET", "/shown", None)]


def _service(root: Path, form: str) -> Path:
    registered, given, text = FORMS[form]
    files = service({})
    files["app/main.py"] += registered + SHOWN.replace("GIVEN", given)
    files["app/templates/shown.html"] = f'["{text}"]'
    return write_service(root, files)


@pytest.mark.parametrize("form", FORMS)
def test_what_they_read_is_loaded_or_the_route_stays(form: str, tmp_path: Path) -> None:
    root = _service(tmp_path, form)
    before = answers(root, REQUESTS)
    assert [status for status, _ in before["answers"]] == [200, 200]
    converted(root)
    assert answers(root, REQUESTS) == before
    assert not converted(root).after


PLAIN = """
def initial(member) -> str:
    return member.name[:1]


def path_of(request: Request) -> str:
    return request.team.boss


page.env.globals.update(initial=initial, path_of=path_of)
"""


def test_what_reads_no_relationship_holds_nothing_back(tmp_path: Path) -> None:
    files = service({})
    files["app/main.py"] += PLAIN + SHOWN.replace("GIVEN", "")
    files["app/templates/shown.html"] = '["{{ initial(member) }}"]{% if 0 %}{{ path_of(request) }}{% endif %}'
    result = converted(write_service(tmp_path, files))
    assert outcomes(result)["GET /shown"] == "native" and not rules(route(result, "GET", "/shown"))
    assert "run_sync" not in (tmp_path / "app/main.py").read_text()


NAMED = """
@app.get("/names")
def names(db: Session = Depends(get_db)) -> list[str]:
    return [member.name for member in db.query(Member).order_by(Member.id)]


@app.get("/named")
def named(request: Request, db: Session = Depends(get_db)):
    names = [member.name for member in db.query(Member)]
    return page.TemplateResponse(request, "named.html", {"names": names, "member": db.get(Member, 1)})
"""


def test_a_value_with_the_name_of_a_function_is_none(tmp_path: Path) -> None:
    files = service({})
    files["app/main.py"] += NAMED
    files["app/templates/named.html"] = "[{{ names|length }}, {{ member.id }}]"
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", "/named", None)]
    before = answers(root, requests)
    assert set(outcomes(converted(root)).values()) == {"native"}
    assert answers(root, requests) == before


COUNTED = """
def how_many() -> int:
    with SessionLocal() as db:
        return db.query(Member).count()


REGISTERED


@app.get("/counted")
def counted(request: Request, db: Session = Depends(get_db)):
    names = [member.name for member in db.query(Member)]
    return page.TemplateResponse(request, "counted.html", {"names": names})
"""


@pytest.mark.parametrize(
    ("registered", "outcome"),
    [
        ('page.env.globals["how_many"] = how_many', "left"),
        ('page.env.globals["how_many"] = lambda: how_many()', "left"),
        ('page.env.globals["other"] = how_many', "native"),
    ],
)
def test_what_waits_as_a_template_is_rendered_keeps_the_route_sync(
    registered: str, outcome: str, tmp_path: Path
) -> None:
    files = service({})
    files["app/main.py"] += COUNTED.replace("REGISTERED", registered)
    files["app/templates/counted.html"] = "[{{ how_many() }}]" if outcome == "left" else "[{{ names|length }}]"
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", "/counted", None)]
    before = answers(root, requests)
    result = converted(root)
    assert outcomes(result)["GET /counted"] == outcome
    assert rules(route(result, "GET", "/counted")) == ({"implicit-call"} if outcome == "left" else set())
    assert answers(root, requests) == before


ZONES = """
from zoneinfo import ZoneInfo


def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name or "UTC")


def local(value: str) -> str:
    DOES
    return value + str(zone_of("UTC"))


page.env.filters["local"] = local


@app.get("/zoned")
def zoned(request: Request, db: Session = Depends(get_db)):
    names = [member.name for member in db.query(Member)]
    return page.TemplateResponse(request, "zoned.html", {"names": names})
"""


@pytest.mark.parametrize(("does", "outcome"), [("pass", "native"), ('open("notes.txt", "a").close()', "left")])
def test_a_time_zone_is_read_once_as_the_template_is(does: str, outcome: str, tmp_path: Path) -> None:
    files = service({})
    files["app/main.py"] += ZONES.replace("DOES", does)
    files["app/templates/zoned.html"] = "[{{ names|length }}, {{ 'at'|local|length }}]"
    root = write_service(tmp_path, files)
    requests = [("POST", "/seed", None), ("GET", "/zoned", None)]
    before = answers(root, requests)
    assert [status for status, _ in before["answers"]] == [200, 200]
    assert outcomes(converted(root))["GET /zoned"] == outcome
    assert answers(root, requests) == before
    assert not converted(root).after
