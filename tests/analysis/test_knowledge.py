"""Rules of one's own, which rule wins, and what is wrong with a rule file."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.analysis.knowledge.library_facts import Fact, Knowledge, packaged_rules
from awaitify.errors import AwaitifyError

ACME = """
library = "acme"
verified = "3.2"

[[rule]]
kind = "blocks"
calls = ["acme.*"]
note = "one HTTP request a call"
replacement = "acme.AsyncClient"

[[rule]]
kind = "harmless"
calls = ["acme.types.*", "acme.*.build_*"]

[[rule]]
kind = "async"
calls = ["acme.*.Async*.*"]

[[rule]]
kind = "cpu"
calls = ["acme.client.Client"]
[rule.methods]
"acme.client.Client" = ["digest"]
"""


def own(tmp_path: Path, text: str) -> Knowledge:
    file = tmp_path / "acme.toml"
    file.write_text(text, encoding="utf-8")
    return Knowledge([*packaged_rules(), file], [])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("acme.get", "blocks"),
        ("acme.deep.inside.Thing.get", "blocks"),
        ("acme.types", "harmless"),
        ("acme.types.User.__init__", "harmless"),
        ("acme.client.Client.build_request", "harmless"),
        ("acme.client.AsyncClient.get", "async"),
        ("acme.client.Client.digest", "cpu"),
        ("acme.client.Client.__init__", "cpu"),
        ("acme.client.Client.get", "blocks"),
        ("acme.errors.AcmeError", "harmless"),
        ("acme.errors.AcmeError.report", "blocks"),
        ("acmes.get", "unknown"),
    ],
)
def test_the_most_specific_rule_wins(tmp_path: Path, name: str, kind: str) -> None:
    assert own(tmp_path, ACME).fact(name).kind == kind


def test_a_fact_carries_what_its_rule_says(tmp_path: Path) -> None:
    expected = Fact("blocks", "acme", "one HTTP request a call", "acme.AsyncClient", is_ruled=True)
    assert own(tmp_path, ACME).fact("acme.get") == expected


def test_own_rules_beat_packaged_ones(tmp_path: Path) -> None:
    text = 'library = "mine"\n[[rule]]\nkind = "harmless"\ncalls = ["requests.*", "time.sleep"]\n'
    knowledge = own(tmp_path, text)
    assert knowledge.fact("requests.api.get") == Fact("harmless", "mine", is_ruled=True)
    assert knowledge.fact("time.sleep") == Fact("harmless", "mine", is_ruled=True, is_exact=True)


def test_libraries_are_listed_with_their_own_last(tmp_path: Path) -> None:
    libraries = own(tmp_path, ACME).libraries()
    assert len(libraries) == len(packaged_rules()) + 1
    assert (libraries[-1].name, libraries[-1].packages, libraries[-1].verified) == ("acme", ("acme",), "3.2")


def test_what_no_rule_knows() -> None:
    knowledge = Knowledge(packaged_rules(), [])
    assert knowledge.fact("statistics.mean").kind == "harmless"
    assert knowledge.fact("nobody.knows") == Fact("unknown", "nobody", "no rule knows it, and its source was not given")


def test_the_receiver_decides_where_classes_share_a_definition() -> None:
    knowledge = Knowledge(packaged_rules(), [])
    assert knowledge.fact("_io._TextIOBase.read").kind == "blocks"
    assert knowledge.fact("_io._TextIOBase.read", receiver="_io.StringIO").kind == "harmless"
    assert knowledge.fact("redis.commands.core.BasicKeyCommands.get", receiver="redis.client.Redis").kind == "blocks"
    shared = knowledge.fact("redis.commands.core.BasicKeyCommands.get", receiver="redis.asyncio.client.Redis")
    assert shared.kind == "async"
    assert not knowledge.depends_on_receiver("requests.api.get")


RULE = 'library = "acme"\n[[rule]]\n'


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("library = ", "not valid TOML"),
        ('[[rule]]\nkind = "blocks"\ncalls = ["a.b"]', "library"),
        ('library = "acme"', "rule"),
        ('library = "acme"\nrules = []\n' + RULE.partition("\n")[2] + 'kind = "blocks"\ncalls = ["a"]', "rules"),
        (RULE + 'kind = "slow"\ncalls = ["a.b"]', "rule[1].kind"),
        (RULE + 'kind = "blocks"', "rule[1].calls"),
        (RULE + 'kind = "blocks"\ncalls = "a.b"', "rule[1].calls"),
        (RULE + 'kind = "blocks"\ncalls = ["a b"]', "rule[1].calls"),
        (RULE + 'kind = "blocks"\ncalls = ["*"]', "rule[1].calls"),
        (RULE + 'kind = "blocks"\nmethods = ["a.b"]', "rule[1].methods"),
        (RULE + 'kind = "blocks"\nmethods = { "a.B" = "c" }', "rule[1].methods.a.B"),
        (RULE + 'kind = "blocks"\ncalls = ["a.b"]\nwhy = "x"', "rule[1].why"),
        (RULE + 'kind = "blocks"\ncalls = ["a.b"]\nnote = 1', "rule[1].note"),
        (RULE + 'kind = "blocks"\ncalls = ["a.b"]\nby_receiver = 1', "rule[1].by_receiver"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(AwaitifyError) as caught:
        own(tmp_path, text)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(tmp_path / "acme.toml"))
    assert key in message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AwaitifyError, match=r"gone\.toml: cannot be read .*\[tool\.awaitify\] rules"):
        Knowledge([tmp_path / "gone.toml"], [])
