"""boto3 before, aioboto3 after: one service over a local server that speaks the wire format of AWS."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awaitify.pipeline import Result

from ..pipeline_tools import answers, converted, outcomes, write_service  # noqa: TID252
from .aws_services import DEFAULTS_MAIN, FILES_MAIN, SESSIONS_MAIN, SHARED, SHARED_MAIN, TABLES, TABLES_MAIN

STORAGE = """
import io
import json
import os
from functools import lru_cache

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = os.environ["AWS_URL"]
BUCKET = "pictures"

s3 = boto3.client("s3", endpoint_url=URL, config=Config(retries={"max_attempts": 1}))


@lru_cache
def get_queue():
    return boto3.client("sqs", endpoint_url=URL)


class Store:
    def __init__(self, bucket: str = BUCKET) -> None:
        self.bucket = bucket
        self.client = boto3.client("s3", endpoint_url=URL)

    def save(self, key: str, data: bytes) -> int:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)
        return len(data)

    def load(self, key: str) -> bytes:
        answer = self.client.get_object(Bucket=self.bucket, Key=key)
        return answer["Body"].read()

    def missing(self, key: str) -> str:
        try:
            self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "there"


def ensure() -> None:
    try:
        s3.create_bucket(Bucket=BUCKET)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    s3.get_waiter("bucket_exists").wait(Bucket=BUCKET)


def keys(prefix: str = "") -> list[str]:
    paginator = s3.get_paginator("list_objects_v2")
    found = []
    for page in paginator.paginate(Bucket=BUCKET, Prefix=prefix, PaginationConfig={"PageSize": 2}):
        for item in page.get("Contents", []):
            found.append(item["Key"])
    return found


def report(name: str) -> dict:
    session = boto3.Session(region_name="eu-west-1").client("sts", endpoint_url=URL)
    who = session.get_caller_identity()
    return {"name": name, "arn": who["Arn"]}
"""
MAIN = """
import io
import json

import boto3
from fastapi import Depends, FastAPI, HTTPException, UploadFile
from fastapi.responses import StreamingResponse

from app.storage import BUCKET, URL, Store, ensure, get_queue, keys, report, s3

app = FastAPI()


def get_s3():
    return boto3.client("s3", endpoint_url=URL)


@app.post("/start")
def start():
    ensure()
    return sorted(bucket["Name"] for bucket in s3.list_buckets()["Buckets"])


@app.post("/save/{key}")
def save(key: str, text: str = '"hello"'):
    store = Store()
    return [store.save(key, text.encode()), store.load(key).decode(), store.missing(key + "!")]


@app.get("/keys")
def list_keys(prefix: str = ""):
    whole = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET).build_full_result()
    names = [page["KeyCount"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)]
    return [keys(prefix), len(whole["Contents"]), names]


@app.get("/link/{key}")
def link(key: str, client=Depends(get_s3)):
    url = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=60)
    return url.partition("?")[0].rpartition("/")[2]


@app.get("/stream/{key}")
def stream(key: str, client=Depends(get_s3)):
    try:
        answer = client.get_object(Bucket=BUCKET, Key=key)
    except client.exceptions.NoSuchKey:
        raise HTTPException(404, "no such key")
    return StreamingResponse(answer["Body"].iter_chunks(), media_type="application/json")


@app.post("/grow/{key}")
def grow(key: str):
    s3.put_object(Bucket=BUCKET, Key=key, Body=b'"' + b"x" * 3_000_000 + b'"')


@app.get("/lines/{key}")
def lines(key: str):
    body = s3.get_object(Bucket=BUCKET, Key=key).get("Body")
    return [line.decode() for line in body.iter_lines()]


@app.post("/copy/{key}")
def copy(key: str):
    # A client for this call only.
    client = boto3.client("s3", endpoint_url=URL)

    buffer = io.BytesIO()
    client.download_fileobj(BUCKET, key, buffer)
    buffer.seek(0)
    client.upload_fileobj(buffer, BUCKET, "copy-" + key)
    if key == "gone":
        return None
    return client.head_object(Bucket=BUCKET, Key="copy-" + key)["ContentLength"]


@app.post("/upload")
def upload(file: UploadFile):
    s3.upload_fileobj(file.file, BUCKET, "upload")
    return s3.head_object(Bucket=BUCKET, Key="upload")["ContentLength"]


@app.post("/send")
def send(text: str = "a"):
    queue = get_queue()
    url = queue.create_queue(QueueName="jobs")["QueueUrl"]
    queue.send_message(QueueUrl=url, MessageBody=json.dumps({"text": text}))
    answer = get_queue().receive_message(QueueUrl=url)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@app.get("/who")
def who():
    return report("me")


@app.get("/never")
async def blocked(key: str):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
"""
ASKED: list[tuple[str, str, Any]] = [
    ("POST", "/start", None), ("POST", "/start", None), ("POST", "/save/a", None), ("POST", "/save/b?text=x%0Ay", None),
    ("POST", "/save/c", None), ("GET", "/keys", None), ("GET", "/keys?prefix=b", None), ("GET", "/link/a", None),
    ("GET", "/stream/a", None), ("GET", "/stream/nothing", None), ("POST", "/grow/d", None),
    ("GET", "/stream/d", None), ("GET", "/lines/b", None), ("POST", "/copy/a", None),
    ("POST", "/copy/nothing", None), ("POST", "/send?text=b", None), ("GET", "/who", None),
    ("GET", "/never?key=c", None),
]  # fmt: skip


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A local AWS, empty whenever it is asked to be."""
    pytest.importorskip("aioboto3")
    pytest.importorskip("moto.server")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_URL", url)
    _empty(url)  # what it holds belongs to the process
    yield url
    server.kill()
    server.wait()


def _empty(url: str) -> None:
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).read()


def _converted(root: Path, **settings: Any) -> Result:
    return converted(root, python=Path(sys.executable).parent.parent, **settings)


def _same(root: Path, url: str, asked: list[tuple[str, str, Any]], **settings: Any) -> tuple[Result, list[Any]]:
    """Converts a service; it answers as before, and a second run changes nothing."""
    before = answers(root, asked)
    _empty(url)
    result = _converted(root, **settings)
    after = answers(root, asked)
    _empty(url)
    assert after == before
    assert _converted(root, **settings).after == {}
    return result, after["answers"]


def test_clients(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/storage.py": STORAGE, "app/main.py": MAIN}, basic=False)
    result, found = _same(root, aws, ASKED)
    assert [status for status, _ in found].count(200) == len(ASKED) - 2, found
    assert set(outcomes(result).values()) == {"native", "repaired"}
    text = (root / "app/main.py").read_text() + (root / "app/storage.py").read_text()
    assert "to_thread" not in text and "boto3." not in text.replace("aioboto3.", "")


def test_resources(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/tables.py": TABLES, "app/main.py": TABLES_MAIN}, basic=False)
    asked: list[tuple[str, str, Any]] = [
        ("POST", "/make", None), ("POST", "/fill", None), ("POST", "/fill?count=40", None), ("GET", "/one/1", None),
        ("GET", "/one/x", None), ("GET", "/query/2", None), ("POST", "/objects/box", None),
        ("POST", "/add/box", None), ("GET", "/objects/box", None),
    ]  # fmt: skip
    result, found = _same(root, aws, asked)
    assert [status for status, _ in found] == [200] * len(asked)
    assert found[-1] == [200, ["a1", "a2", "added", "b"]]
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/tables.py").read_text() + (root / "app/main.py").read_text()
    for line in (
        'orders = dynamodb.Table("orders")', "async with (await orders.open()).batch_writer() as batch:",
        'async for item in (await store.Bucket(name).open()).objects.filter(Prefix="a"):', "await item.delete()",
        'async with open_resource("s3", endpoint_url=URL) as s3:', "await bucket.create()",
    ):  # fmt: skip
        assert line in text, text
    assert "to_thread" not in text


def test_what_sync_code_shares_keeps_its_client(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/shared.py": SHARED, "app/main.py": SHARED_MAIN}, basic=False)
    asked: list[tuple[str, str, Any]] = [("POST", "/start", None), ("POST", "/save/a", None), ("POST", "/save/b", None)]
    result, found = _same(root, aws, asked)
    assert found[-1] == [200, ["a", "b"]]
    assert outcomes(result)["POST /start"] == "native"
    text = (root / "app/shared.py").read_text()
    assert 's3 = boto3.client("s3", endpoint_url=URL)\nasync_s3 = AwsClient("s3", endpoint_url=URL)\n' in text
    assert "    s3.create_bucket(Bucket" in text and "async def save" not in text
    main = (root / "app/main.py").read_text()
    assert "await async_s3.create_bucket(" in main and "await asyncio.to_thread(save, key)" in main
    command = [sys.executable, "-m", "app.shared"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "['from a command']\n"


def test_a_client_used_in_a_block_over_a_file_goes_to_threads(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/main.py": FILES_MAIN}, basic=False)
    (root / "note.txt").write_text("written")
    asked: list[tuple[str, str, Any]] = [("POST", "/start", None), ("POST", "/file", None), ("GET", "/pages", None)]
    result, found = _same(root, aws, asked)
    assert found[1:] == [[200, "written"], [200, ["note"]]]
    assert set(outcomes(result).values()) == {"bridged"}
    assert any("a block over a file" in reason.message for reason in result.plan.warnings)


@pytest.mark.parametrize(
    ("library", "outcome"), [("aiobotocore", "native"), ("to_thread", "bridged"), ("aioboto3", "native")]
)
def test_the_setting_chooses(tmp_path: Path, aws: str, library: str, outcome: str) -> None:
    root = write_service(tmp_path, {"app/shared.py": SHARED, "app/main.py": SHARED_MAIN}, basic=False)
    (root / "requirements.txt").write_text("fastapi\nboto3\n")
    asked: list[tuple[str, str, Any]] = [("POST", "/start", None), ("POST", "/save/a", None)]
    result, _ = _same(root, aws, asked, aws=library)
    assert outcomes(result)["POST /start"] == outcome
    own = [] if library == "to_thread" else [library]
    assert (root / "requirements.txt").read_text().split() == ["fastapi", "boto3", *own]


def test_transfers_of_boto3_keep_their_client_without_aioboto3(tmp_path: Path, aws: str) -> None:
    main = SHARED_MAIN.replace("return save(key)", 's3.upload_file("note.txt", "things", key)')
    root = write_service(tmp_path, {"app/shared.py": SHARED, "app/main.py": main}, basic=False)
    (root / "note.txt").write_text("written")
    asked: list[tuple[str, str, Any]] = [("POST", "/start", None), ("POST", "/save/a", None)]
    result, found = _same(root, aws, asked, aws="aiobotocore")
    assert found[1] == [200, None] and set(outcomes(result).values()) == {"bridged"}
    native = write_service(tmp_path / "native", {"app/shared.py": SHARED, "app/main.py": main}, basic=False)
    (native / "note.txt").write_text("written")
    assert set(outcomes(_same(native, aws, asked)[0]).values()) == {"native"}


@pytest.mark.parametrize(
    "test",
    [
        "from moto import mock_aws\n\n\n@mock_aws\ndef test_it():\n    pass\n",
        "import moto\n\n\ndef test_it():\n    with moto.mock_aws():\n        pass\n",
        "from botocore.stub import Stubber\n",
        "from unittest.mock import patch\n\n\ndef test_it():\n    with patch('boto3.client'):\n        pass\n",
        "from unittest.mock import patch\n\n\n@patch('app.shared.boto3')\ndef test_it(boto3):\n    pass\n",
        "from unittest.mock import patch\n\nMADE = 'botocore.client.BaseClient._make_api_call'\n\n\n"
        "@patch(MADE)\ndef test_it(call):\n    pass\n",
        "import boto3\n\n\ndef test_it(monkeypatch):\n    monkeypatch.setattr(boto3, 'client', print)\n",
        "from app import shared\n\n\ndef test_it(monkeypatch):\n    monkeypatch.setattr(shared, 's3', print)\n",
    ],
)
def test_tests_that_fake_boto3_keep_it(tmp_path: Path, test: str) -> None:
    files = {"app/shared.py": SHARED, "app/main.py": SHARED_MAIN, "tests/test_app.py": test}
    result = _converted(write_service(tmp_path, files, basic=False))
    assert set(outcomes(result).values()) == {"bridged"}
    assert any(reason.message.startswith("boto3.client made here stays sync") for reason in result.plan.warnings)


def test_a_local_server_is_no_fake(tmp_path: Path) -> None:
    test = "from moto.server import ThreadedMotoServer\n\n\ndef test_it():\n    ThreadedMotoServer().start()\n"
    files = {"app/shared.py": SHARED, "app/main.py": SHARED_MAIN, "tests/test_app.py": test}
    assert outcomes(_converted(write_service(tmp_path, files, basic=False)))["POST /start"] == "native"


BARE = """
import json
from concurrent.futures import ThreadPoolExecutor
from fastapi.testclient import TestClient
from app.main import app

client = TestClient(app)  # no lifespan, and an event loop of its own for each request
found = [client.post("/start").json(), client.post("/save/a").json(), client.get("/keys").json()]
found.append(client.post("/upload", files={"file": ("x", b"12345" * 300_000)}).json())
with ThreadPoolExecutor(4) as pool:
    found += pool.map(lambda number: client.post(f"/copy/{'a' if number % 2 else 'upload'}").json(), range(8))
with client:
    found += [client.get("/never?key=a").json(), client.get("/link/a").json()]
with client:
    found.append(client.get("/never?key=a").json())
print(json.dumps(found))
"""


def _bare(root: Path) -> str:
    command = [sys.executable, "-W", "default", "-c", BARE]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Unclosed" not in done.stderr and "never awaited" not in done.stderr, done.stderr
    return done.stdout


def test_clients_open_where_no_lifespan_runs(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/storage.py": STORAGE, "app/main.py": MAIN}, basic=False)
    before = _bare(root)
    _empty(aws)
    _converted(root)
    assert _bare(root) == before


def test_annotations_of_stub_packages(tmp_path: Path, aws: str) -> None:
    storage = """
from __future__ import annotations

import os
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.client import S3Client as Client


def get_s3() -> S3Client:
    return boto3.client("s3", endpoint_url=os.environ["AWS_URL"])


def names(s3: Client) -> list[str]:
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
"""
    main = """
from fastapi import FastAPI

from app.storage import get_s3, names

app = FastAPI()


@app.post("/start/{name}")
def start(name: str):
    s3 = get_s3()
    s3.create_bucket(Bucket=name)
    return names(s3)
"""
    root = write_service(tmp_path, {"app/storage.py": storage, "app/main.py": main}, basic=False)
    result, found = _same(root, aws, [("POST", "/start/first", None), ("POST", "/start/second", None)])
    assert found == [[200, ["first"]], [200, ["first", "second"]]]
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/storage.py").read_text()
    assert "def get_s3() -> AwsClient:" in text and "async def names(s3: AwsClient)" in text, text


def test_sessions_in_variables(tmp_path: Path, aws: str) -> None:
    main = SESSIONS_MAIN.replace(", len(list(queues.queues.all()))", "")
    root = write_service(tmp_path, {"app/main.py": main}, basic=False)
    asked: list[tuple[str, str, Any]] = [("GET", "/region", None), ("POST", "/both", None), ("POST", "/queue", None)]
    result, found = _same(root, aws, asked)
    assert found[0] == [200, ["eu-west-1", []]] and "eu-central-1" in found[1][1][1] and found[2] == [200, ["jobs"]]
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert 'session = aioboto3.Session(region_name="eu-west-1")' in text
    assert 'async with open_client("sns", endpoint_url=URL, session=own) as sns:' in text
    assert "import boto3\n" not in text and "Session\n" not in text, text


def test_a_collection_that_is_passed_on_keeps_the_clients_of_its_session(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/main.py": SESSIONS_MAIN}, basic=False)
    result, found = _same(root, aws, [("GET", "/region", None), ("POST", "/both", None), ("POST", "/queue", None)])
    assert found[2] == [200, ["jobs", 1]]
    assert outcomes(result) == {"GET /region": "bridged", "POST /both": "native", "POST /queue": "bridged"}


def test_defaults_of_all_clients(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/main.py": DEFAULTS_MAIN}, basic=False)
    result, found = _same(root, aws, [("GET", "/region", None)])
    assert found == [[200, ["eu-west-1", []]]] and outcomes(result) == {"GET /region": "bridged"}


KEPT_SESSION = """
import os

import boto3
import httpx
from fastapi import Depends, FastAPI

app = FastAPI()


class Store:
    def __init__(self, bucket: str = "kept"):
        self.session = boto3.session.Session(region_name="us-east-1")
        self.s3 = self.session.client("s3", endpoint_url=os.environ["AWS_URL"])
        self.sqs = self.session.client("sqs", endpoint_url=os.environ["AWS_URL"])
        self.bucket = bucket

    def start(self) -> str:
        self.s3.create_bucket(Bucket=self.bucket)
        return self.sqs.create_queue(QueueName=self.bucket)["QueueUrl"].rpartition("/")[2]

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def put(self, key: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"x")

    def not_called(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()


class Plain:
    def told(self) -> str:
        return httpx.get(os.environ["AWS_URL"] + "/moto-api/data.json").headers["content-type"]

    def not_called(self) -> int:
        return httpx.get(os.environ["AWS_URL"] + "/moto-api/data.json").status_code


@app.get("/told")
def told():
    return Plain().told()


@app.post("/start")
def start(store: Store = Depends()):
    return store.start()


@app.post("/keys/{key}")
def put(key: str):
    store = Store()
    store.put(key)
    return store.keys()
"""


def test_a_session_that_an_object_keeps_and_a_method_that_nothing_calls(tmp_path: Path, aws: str) -> None:
    root = write_service(tmp_path, {"app/main.py": KEPT_SESSION}, basic=False)
    result, found = _same(
        root,
        aws,
        [("POST", "/start", None), ("POST", "/keys/a", None), ("POST", "/keys/b", None), ("GET", "/told", None)],
    )
    assert found[:3] == [[200, "kept"], [200, ["a"]], [200, ["a", "b"]]] and found[3][0] == 200
    assert set(outcomes(result).values()) == {"native"}
    text = (root / "app/main.py").read_text()
    assert 'self.session = aioboto3.Session(region_name="us-east-1")' in text and "import boto3" not in text
    assert "async def not_called(self, key: str) -> bytes:" in text and "to_thread" not in text
    assert "    def not_called(self) -> int:\n" in text  # its sync call needs no client of the object
