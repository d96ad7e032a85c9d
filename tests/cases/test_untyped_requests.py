"""Versions of requests without annotations (before 2.34): what their calls give is known all the same."""

from __future__ import annotations

from pathlib import Path

from ..pipeline_tools import app, converted, outcomes, write_service  # noqa: TID252

REQUESTS = {
    "__init__.py": """
from .api import get, post
from .exceptions import HTTPError, RequestException
from .models import Response
from .sessions import Session
""",
    "api.py": """
from . import sessions


def request(method, url, **kwargs):
    with sessions.Session() as session:
        return session.request(method=method, url=url, **kwargs)


def get(url, params=None, **kwargs):
    return request("get", url, params=params, **kwargs)


def post(url, data=None, json=None, **kwargs):
    return request("post", url, data=data, json=json, **kwargs)
""",
    "exceptions.py": """
class RequestException(IOError):
    def __init__(self, *args, **kwargs):
        self.response = kwargs.pop("response", None)


class HTTPError(RequestException):
    pass
""",
    "models.py": """
class Response:
    def __init__(self):
        self.status_code = None

    def json(self, **kwargs):
        return self.made()

    def raise_for_status(self):
        pass
""",
    "sessions.py": """
class Session:
    def get(self, url, **kwargs):
        return self.request("GET", url, **kwargs)

    def request(self, method, url, **kwargs):
        return self.made()
""",
}
MAIN = """
kept = requests.Session()


@app.post("/login")
def login(name: str, db: Session = Depends(get_db)):
    response = requests.post("http://users/login", data={"name": name})
    if response.status_code == 200:
        found = response.json()["name"].lower()
        return [found, db.query(Item).filter(Item.name == found).count()]
    return [response.text.strip()]


@app.get("/kept")
def kept_session(db: Session = Depends(get_db)):
    return [db.query(Item).count(), kept.get("http://users", timeout=3).json().get("count")]


@app.get("/errors")
def errors(db: Session = Depends(get_db)):
    try:
        requests.get("http://users").raise_for_status()
    except requests.HTTPError as error:
        return error.response.json()["detail"].strip()
    return db.query(Item).count()
"""


def test_answers_are_known(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    package = environment / "lib/python3.11/site-packages/requests"
    package.mkdir(parents=True)
    for name, text in REQUESTS.items():
        (package / name).write_text(text)
    root = write_service(tmp_path / "service", app(MAIN, "import requests\n"))
    assert set(outcomes(converted(root, python=environment)).values()) == {"native"}
