"""The rule packs as a person reads them: a list, or one pack with its calls. Only data is read, nothing is checked."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files
from typing import Any

from awaitify.config import suggestion
from awaitify.errors import AwaitifyError

Pack = dict[str, Any]


def packs() -> dict[str, Pack]:
    """File name without its ending -> the TOML, by name."""
    folder = files("awaitify") / "rules"
    found = [item for item in folder.iterdir() if item.name.endswith(".toml")] if folder.is_dir() else []
    return {
        item.name.removesuffix(".toml"): tomllib.loads(item.read_text("utf-8"))
        for item in sorted(found, key=lambda item: item.name)
    }


def listing(name: str = "") -> str:
    """All packs, one a line with how many calls of each kind; or one pack in full. Raises AwaitifyError."""
    known = packs()
    if not name:
        width = max(map(len, known), default=0)
        return "".join(f"{pack:{width}}  {_kinds(data)}\n" for pack, data in known.items())
    chosen = [pack for pack, data in known.items() if name in (pack, data.get("library"), *data.get("packages", ()))]
    if not chosen:
        raise AwaitifyError(f'no rule pack "{name}"{suggestion(name, known) or "; `awaitify rules` lists them"}')
    return "\n".join("".join(f"{line}\n" for line in _lines(pack, known[pack])) for pack in chosen)


def _kinds(data: Pack) -> str:
    count: Counter[str] = Counter()
    for rule in data.get("rule", ()):
        methods = sum(map(len, rule.get("methods", {}).values()))
        count[rule.get("kind", "?")] += len(rule.get("calls", ())) + methods
    return ", ".join(f"{number} {kind}" for kind, number in sorted(count.items())) or "no rules"


def _lines(name: str, data: Pack) -> list[str]:
    lines = [str(data.get("library", name))]
    lines += [f"  {key}: {_plain(data[key])}" for key in ("packages", "verified") if data.get(key)]
    for key in ("before", "after"):
        if data.get(key):
            lines += [f"  {key}:", *(f"    {line}" for line in str(data[key]).strip("\n").splitlines())]
    for client in data.get("client", ()):
        closed = f", closed by await {client['close']}()" if client.get("close") else ""
        lines.append(f"  client {client.get('class', '?')} -> {client.get('becomes', '?')}{closed}")
    for form in data.get("form", ()):
        result = f", its result then: {_plain(form['result'])}" if form.get("result") else ""
        lines.append(f"  on the async client: {form.get('becomes', '?')}{result}")
        lines += [f"    {call}" for call in form.get("calls", ())]
        lines += [f"    {owner}: {_plain(names)}" for owner, names in form.get("methods", {}).items()]
    for rule in data.get("rule", ()):
        lines.append(f"  {rule.get('kind', '?')}" + (f" -> {rule['replacement']}" if rule.get("replacement") else ""))
        lines += [f"    note: {rule['note']}"] if rule.get("note") else []
        lines += [f"    {call}" for call in rule.get("calls", ())]
        lines += [f"    {owner}: {_plain(names)}" for owner, names in rule.get("methods", {}).items()]
    return lines


def _plain(value: object) -> str:
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)
