"""Which new diagnostics block, and how suppressions are blanked."""

from __future__ import annotations

from pathlib import Path

import pytest
from awaitify.gate.types_net import blank_suppressions, new_async_diagnostics
from awaitify.resolve.model import Diagnostic

HERE = Path("m.py")


def _diagnostic(line: int, rule: str, message: str) -> Diagnostic:
    return Diagnostic(HERE, line, rule, message)


def test_an_old_diagnostic_that_moved_is_not_new() -> None:
    before = [_diagnostic(3, "unused-awaitable", "Object of type `CoroutineType` at m.py:3:1")]
    after = [_diagnostic(9, "unused-awaitable", "Object of type 'CoroutineType' at m.py:9:4")]
    assert new_async_diagnostics(before, after) == []


def test_it_counts_as_a_multiset() -> None:
    one = _diagnostic(3, "invalid-await", "`int` is not awaitable")
    (finding,) = new_async_diagnostics([one], [one, _diagnostic(7, "invalid-await", "`int` is not awaitable")])
    assert (finding.line, finding.rule) == (7, "invalid-await")


@pytest.mark.parametrize("word", ["Coroutine", "CoroutineType[Any, Any, int]", "AsyncSession", "Awaitable[int]"])
def test_a_new_one_that_names_async_things_blocks(word: str) -> None:
    assert new_async_diagnostics([], [_diagnostic(1, "invalid-argument-type", f"found `{word}`")])


def test_other_new_ones_do_not() -> None:
    assert new_async_diagnostics([], [_diagnostic(1, "unresolved-import", "Cannot resolve `x`")]) == []


def test_what_run_sync_passes_on_is_judged_by_itself() -> None:
    head = "Argument to bound method `AsyncSession.run_sync` is incorrect: Expected `User`, found "
    assert new_async_diagnostics([], [_diagnostic(1, "invalid-argument-type", f"{head}`User | None`")]) == []
    assert new_async_diagnostics([], [_diagnostic(1, "invalid-argument-type", f"{head}`AsyncSession`")])
    assert new_async_diagnostics(
        [], [_diagnostic(1, "invalid-argument-type", f"{head}`CoroutineType[Any, Any, User]`")]
    )


@pytest.mark.parametrize("rule", ["unresolved-import", "unresolved-attribute"])
def test_a_name_that_a_module_does_not_have_blocks(rule: str) -> None:
    missing = _diagnostic(1, rule, "Module `app.services` has no member `count_async`")
    assert new_async_diagnostics([], [missing])
    assert new_async_diagnostics([missing], [missing]) == []


def test_suppressions_become_blanks_of_the_same_length() -> None:
    text = "x = 1  # type: ignore[x]\né = 2  # noqa: E501\ny = 3  # pyright: ignore\nz = 4  # keep\n".encode()
    blanked = blank_suppressions(text)
    assert len(blanked) == len(text) and blanked.count(b"\n") == text.count(b"\n")
    assert b"ignore" not in blanked and b"noqa" not in blanked and b"# keep" in blanked


def test_a_string_that_looks_like_one_stays() -> None:
    text = b"s = '# type: ignore'  # ty: ignore\n"
    assert blank_suppressions(text) == b"s = '# type: ignore'" + b" " * len("  # ty: ignore") + b"\n"


def test_text_that_does_not_tokenise_is_blanked_all_the_same() -> None:
    assert b"noqa" not in blank_suppressions(b"x = (  # noqa\n")


def test_what_was_said_of_none_is_not_new_on_the_async_class() -> None:
    rule, message = "missing-union-attribute", "Attribute `{}` is not defined on `None` in union `{}Session | None`"
    before = [_diagnostic(3, rule, message.format("query", ""))]
    after = [_diagnostic(3, rule, message.format("scalar", "Async"))]
    assert new_async_diagnostics(before, after) == []
    assert len(new_async_diagnostics(before, after * 2)) == 1
    assert len(new_async_diagnostics([], after)) == 1


def test_a_module_that_is_not_written_yet_is_no_lost_name() -> None:
    lost = _diagnostic(1, "unresolved-import", "Module `app` has no member `get_async_db`")
    assert new_async_diagnostics([], [lost])
    assert new_async_diagnostics([], [lost], {"get_async_db"}) == []


def test_what_was_said_of_the_attributes_of_a_method_is_not_new_when_it_gives_a_coroutine() -> None:
    text = "Unresolved attribute `side_effect` on type `bound method Items.add(name: str) -> {}`"
    before = [_diagnostic(1, "unresolved-attribute", text.format("int"))]
    after = [_diagnostic(1, "unresolved-attribute", text.format("CoroutineType[Any, Any, int]"))]
    assert new_async_diagnostics(before, after) == []
    lost = "Object of type `CoroutineType[Any, Any, Item]` has no attribute `name`"
    assert new_async_diagnostics(before, [_diagnostic(1, "unresolved-attribute", lost)])


def test_none_in_the_place_of_a_session_is_not_new_in_that_of_an_async_one() -> None:
    text = "Argument to `Items.__init__` is incorrect: Expected `{}`, found `{}`"
    before = [_diagnostic(1, "invalid-argument-type", text.format("Session", "None"))]
    assert new_async_diagnostics(before, [_diagnostic(1, before[0].rule, text.format("AsyncSession", "None"))]) == []
    assert new_async_diagnostics(before, [_diagnostic(1, before[0].rule, text.format("AsyncSession", "Session"))])


def test_a_condition_that_never_changes_is_not_new_where_another_type_is_shown() -> None:
    def constant(shown: str) -> Diagnostic:
        return _diagnostic(1, "redundant-condition", f"Variable `found` is always truthy (has type `{shown}`)")

    old = constant("tuple[list[Item]]")
    assert new_async_diagnostics([old], [constant("tuple[Unknown]")]) == []
    assert new_async_diagnostics([], [constant("tuple[Unknown]")])
    assert new_async_diagnostics([old], [constant("CoroutineType[Any, Any, Item]")])
    assert new_async_diagnostics([constant("Item")], [constant("tuple[Unknown]"), constant("tuple[Unknown]")])
