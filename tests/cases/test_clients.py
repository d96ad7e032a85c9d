"""Clients of libraries with an async form: swapped, with a twin beside, or left in threads; run before and after."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from awaitify.pipeline import Result

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .fake_vendors import vendors

pytest.importorskip("openai")
pytest.importorskip("anthropic")
CLIENTS = """
import httpx
from anthropic import Anthropic
from openai import OpenAI

openai_client = OpenAI(api_key="k", base_url="URL/v1", max_retries=0)
claude = Anthropic(api_key="k", base_url="URL", max_retries=0)
web: httpx.Client = httpx.Client(base_url="URL", headers={"x-a": "1"})


def get_client() -> OpenAI:
    return openai_client
"""
SERVICE = """
import httpx
from openai import OpenAI

MESSAGES = [{"role": "user", "content": "hi"}]


class Assistant:
    def __init__(self, url: str):
        self.client = OpenAI(api_key="k", base_url=url, max_retries=0)

    def embed(self, text: str) -> list[float]:
        return self.client.embeddings.create(model="m", input=text).data[0].embedding


def complete(client: OpenAI, model: str) -> str:
    answer = client.with_options(timeout=5).chat.completions.create(model=model, messages=MESSAGES)
    return answer.choices[0].message.content


def status(web: httpx.Client, path: str) -> int:
    try:
        answer = web.get(path, params={"a": 1})
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        return error.response.status_code
    return answer.json()["path"]


assistant = Assistant("URL/v1")
"""
MAIN = """
from fastapi import Depends, FastAPI
from openai import OpenAI

from app import clients
from app.clients import claude, get_client, web
from app.service import MESSAGES, assistant, complete, status

app = FastAPI()


@app.get("/chat")
def chat(client: OpenAI = Depends(get_client)):
    return complete(client, "m")


@app.get("/embed")
def embed():
    return assistant.embed("text")


@app.get("/stream")
def stream():
    found = []
    for chunk in clients.openai_client.chat.completions.create(model="m", messages=MESSAGES, stream=True):
        found.append(chunk.choices[0].delta.content)
    return found


@app.get("/claude")
def ask():
    whole = claude.messages.create(model="m", max_tokens=9, messages=MESSAGES)
    with claude.messages.stream(model="m", max_tokens=9, messages=MESSAGES) as parts:
        texts = [text for text in parts.text_stream]
        last = parts.get_final_message()
    return [whole.content[0].text, texts, last.content[0].text]


@app.get("/web")
def ask_web():
    if web is None:
        return []
    return [status(web, "/x"), status(web, "/missing"), web.post("/y", json={"b": 2}).json()["sent"]]
"""
ASKED = [("GET", path, None) for path in ("/chat", "/embed", "/stream", "/claude", "/web", "/web")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with vendors() as found:
        yield found


def written(root: Path, url: str, **files: str) -> Path:
    """A service of the given modules of the package `app`; `tests` is a file of tests."""
    named = {"tests/test_app.py" if name == "tests" else f"app/{name}.py": text for name, text in files.items()}
    return write_service(root, {name: text.replace("URL", url) for name, text in named.items()}, basic=False)


def _converted(root: Path) -> Result:
    """With the environment of these tests, where the libraries are."""
    return converted(root, python=Path(sys.executable))


def test_every_user_moves(tmp_path: Path, url: str) -> None:
    root = written(tmp_path, url, clients=CLIENTS, service=SERVICE, main=MAIN)
    before = answers(root, ASKED)
    assert [status for status, _ in before["answers"]] == [200] * 6
    result = _converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, ASKED) == before
    text = "".join(path.read_text() for path in sorted(root.rglob("*.py")))
    assert "to_thread" not in text and "Client(" in text
    assert [name for name in ("= OpenAI(", "= Anthropic(", "httpx.Client", ": OpenAI") if name in text] == []
    main = (root / "app/main.py").read_text()
    assert "    yield\n    await openai_client.close()\n    await claude.close()\n    await web.aclose()\n" in main
    assert _converted(root).after == {}


def test_a_sync_user_keeps_its_client(tmp_path: Path, url: str) -> None:
    main = """
from app.clients import get_client, openai_client
from app.service import MESSAGES, Assistant
from fastapi import FastAPI

app = FastAPI()
assistant = Assistant("URL/v1")


@app.get("/chat")
def chat():
    answer = get_client().chat.completions.create(model="m", messages=MESSAGES)
    return [answer.choices[0].message.content, assistant.embed("a")]


if __name__ == "__main__":
    print(openai_client.embeddings.create(model="m", input="c"))
    print(Assistant("URL/v1").vectors())
"""
    vectors = "    def vectors(self):\n        return self.client.embeddings.create(model='m', input='b')\n"
    service = SERVICE.partition("def complete")[0].replace("import httpx\n", "").rstrip() + "\n\n" + vectors
    root = written(tmp_path, url, clients=CLIENTS, service=service, main=main)
    before = answers(root, ASKED[:1])
    result = _converted(root)
    assert set(outcomes(result).values()) == {"native"}
    assert answers(root, ASKED[:1]) == before
    text = (root / "app/clients.py").read_text()
    assert "\nopenai_client = OpenAI(" in text and "\nasync_openai_client = AsyncOpenAI(" in text
    assert "def get_async_client() -> AsyncOpenAI:\n    return async_openai_client\n" in text
    assert "self.async_client = AsyncOpenAI(" in (root / "app/service.py").read_text()


LEFT = """
import weakref
from pathlib import Path

from fastapi import FastAPI
from openai import OpenAI
import httpx

app = FastAPI()
client = OpenAI(api_key="k", base_url="URL/v1", max_retries=0)
known = weakref.WeakValueDictionary()
known["client"] = client
own = OpenAI(api_key="k", base_url="URL/v1", http_client=httpx.Client())
patched = OpenAI(api_key="k", base_url="URL/v1")
web = httpx.Client(base_url="URL")


@app.get("/chat")
def chat():
    return client.chat.completions.create(model="m", messages=[]).choices[0].message.content


@app.get("/embed")
def embed():
    return own.embeddings.create(model="m", input="x").data[0].embedding


@app.get("/stream")
def stream():
    return [part.id for part in client.chat.completions.create(model="m", messages=[], stream=True)]


@app.get("/both")
def both():
    names = [path.name for path in Path(".").glob("*.nothing")]
    return names + [part.id for part in client.chat.completions.create(model="m", messages=[], stream=True)]


@app.get("/claude")
def ask():
    return patched.embeddings.create(model="m", input="x").data[0].index


@app.get("/web")
def ask_web():
    return web.get("/x").json()["cookie"]


def at_night():
    return web.get("/y").text
"""
TESTS = """
from unittest.mock import patch


def test_ask():
    with patch("app.main.patched") as fake:
        assert fake is not None
"""


def test_what_cannot_be_followed_stays_in_threads(tmp_path: Path, url: str) -> None:
    root = written(tmp_path, url, main=LEFT, tests=TESTS)
    before = answers(root, ASKED)
    result = _converted(root)
    found = outcomes(result)
    assert sorted(item.line for item in result.plan.warnings if item.rule == "client") == [9, 12, 13, 14]
    # A loop that is read in a thread beside it excuses no other.
    assert found.pop("GET /stream") == found.pop("GET /both") == "left"
    assert set(found.values()) == {"bridged"}
    assert answers(root, ASKED) == before
    text = (root / "app/main.py").read_text()
    assert text.count("asyncio.to_thread(") == 4 and "Async" not in text.replace("AsyncGenerator", "")


PER_CALL = """
import httpx
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()


def fetch(path: str) -> dict:
    try:
        answer = httpx.get(f"URL{path}", params={"q": "a b"}, timeout=5)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        return {"status": error.response.status_code}
    return answer.json()


@app.get("/get")
def get():
    return [fetch("/a"), fetch("/missing"), httpx.get("URL/moved").status_code, httpx.get("URL/b").json()["cookie"]]


@app.get("/block")
def block():
    with httpx.Client(follow_redirects=True) as client:
        return [client.get("URL/moved").json()["path"], client.get("URL/c").json()["cookie"]]


@app.get("/made")
def made():
    client = OpenAI(api_key="k", base_url="URL/v1", max_retries=0)
    return client.embeddings.create(model="m", input="x").data[0].embedding


@app.get("/proxied")
def proxied():
    return httpx.get("URL/d", trust_env=False).json()["path"]
"""


def test_clients_that_live_for_one_call(tmp_path: Path, url: str) -> None:
    root = written(tmp_path, url, main=PER_CALL)
    asked = [("GET", path, None) for path in ("/get", "/get", "/block", "/made", "/proxied")]
    before = answers(root, asked)
    assert [status for status, _ in before["answers"]] == [200] * 5
    result = _converted(root)
    found = outcomes(result)
    assert found.pop("GET /proxied") == "bridged"
    assert set(found.values()) == {"native"}
    assert answers(root, asked) == before
    text = (root / "app/main.py").read_text()
    assert text.count("http_client = httpx.AsyncClient(") == 1 and text.count("await http_client.get(") == 3
    assert text.count("\nssl_context = httpx.create_ssl_context()\n") == 1
    assert "async with httpx.AsyncClient(verify=ssl_context, follow_redirects=True) as client:" in text
    line = PER_CALL.lstrip().partition("client = OpenAI(")[0].count("\n") + 1
    slow = [
        item for item in result.plan.warnings if item.message.startswith("AsyncOpenAI is made in each call of made")
    ]
    assert [(item.file, item.line) for item in slow] == [("app/main.py", line)]
    assert "    yield\n    await http_client.aclose()\n" in text
    assert _converted(root).after == {}
