"""Requests made from an OpenAPI document with schemathesis, the same ones each time. Nothing of the target is run."""

from __future__ import annotations

import importlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

SAFE = ("GET", "HEAD")
MISSING = "schemathesis is not installed beside awaitify: pip install 'awaitify[verify]'"

Generated = dict[str, Any]


def generated(
    documents: Mapping[str, Any], count: int, all_methods: bool, headers: Mapping[str, str], folder: Path
) -> tuple[list[Generated], str]:
    """(count requests for each operation, "") or (none, the reason). Other methods than GET only when asked for.

    folder: for what hypothesis keeps; else it would be a folder where the user stands."""
    try:
        schemathesis = importlib.import_module("schemathesis")
    except ImportError:
        return [], MISSING
    importlib.import_module("hypothesis.configuration").set_hypothesis_home_dir(folder)
    found: list[Generated] = []
    for mount, document in documents.items():
        schema = schemathesis.openapi.from_dict(_without_servers(document))
        for result in schema.get_all_operations():
            operation = result.ok() if hasattr(result, "ok") else None
            if operation is None or not (all_methods or operation.method.upper() in SAFE):
                continue
            found += [_request(mount, case, headers) for case in _cases(operation, count)]
    return found, "" if found else "the OpenAPI document has no operation that may be requested"


def _cases(operation: Any, count: int) -> Iterator[Any]:
    """Cases of an operation; in the first ones a number in the path is 1, 2 and so on, as rows are."""
    hypothesis = importlib.import_module("hypothesis")
    checks = hypothesis.HealthCheck
    kept: list[Any] = []
    settings = hypothesis.settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.generate],
        deadline=None,
        suppress_health_check=[checks.too_slow, checks.filter_too_much, checks.data_too_large],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings(hypothesis.given(case=operation.as_strategy())(lambda case: kept.append(case)))()
    for index, case in enumerate(kept[:count]):
        numbers = {name: value for name, value in (case.path_parameters or {}).items() if isinstance(value, int)}
        case.path_parameters = {**(case.path_parameters or {}), **dict.fromkeys(numbers, index + 1)}
        yield case


def _request(mount: str, case: Any, headers: Mapping[str, str]) -> Generated:
    path = re.sub(r"{(\w+)}", lambda found: quote(str(_plain(case.path_parameters.get(found[1]))), safe=""), case.path)
    query = urlencode({name: _plain(value) for name, value in (case.query or {}).items()}, doseq=True)
    own = {name: str(value) for name, value in (case.headers or {}).items()}
    if case.media_type:
        own["content-type"] = case.media_type
    return {
        "method": case.method.upper(),
        "path": mount + path + (f"?{query}" if query else ""),
        "headers": {**own, **headers},
        "body": _body(case),
    }


def _body(case: Any) -> str:
    if type(case.body).__name__ == "NotSet":
        return ""
    if case.media_type == "application/x-www-form-urlencoded" and isinstance(case.body, dict):
        return urlencode(case.body, doseq=True)
    return case.body if isinstance(case.body, str) else json.dumps(case.body, default=str)


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _without_servers(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "servers"}
