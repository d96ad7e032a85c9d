"""Requests made from an OpenAPI document."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.verifying.generate import generated


def test_generated_requests(tmp_path: Path) -> None:
    """Numbers in the path count from 1; what changes data is sent only when it was asked for."""
    pytest.importorskip("schemathesis")
    number = {"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    common = {"parameters": [number], "responses": {"200": {"description": ""}}}
    paths = {"/a/{n}": {"get": common, "post": {**common, "requestBody": body}}}
    documents = {"/sub": {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": paths}}
    safe, why = generated(documents, 2, False, {"authorization": "x"}, tmp_path)
    assert (why, [(item["method"], item["path"]) for item in safe]) == ("", [("GET", "/sub/a/1"), ("GET", "/sub/a/2")])
    assert safe[0]["headers"]["authorization"] == "x"
    assert safe == generated(documents, 2, False, {"authorization": "x"}, tmp_path)[0]
    assert {item["method"] for item in generated(documents, 2, True, {}, tmp_path)[0]} == {"GET", "POST"}
