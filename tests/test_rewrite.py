"""The rewrite of one file: bytes in, bytes out, every edit exactly once."""

from __future__ import annotations

import pytest
from awaitify.carrying import Rewritten
from awaitify.errors import RefusedError
from awaitify.formatting import BlackSettings
from awaitify.plan_model import FilePlan
from awaitify.rewrite import RewriteError, rewrite
from awaitify_transforms.edits import AwaitCall, Edit, MakeAsync, RemoveImport, Rename, edit_from_json
from awaitify_transforms.order import ORDER

from .transforms.tools import marked

ODD = "# é\r\n\r\nclass A :\r\n\tx = ( 1,\r\n  2 )  ;y=f( )\r\n\tdef g(self): return(\\\r\n\t\t1)\r\n\t# tail\r\n"


@pytest.mark.parametrize("source", [ODD, "", "\n", "x = 1", "if a:\n  b\n\x0c\nc = '''\n  é'''\n"])
def test_lossless(source: str) -> None:
    text = source.encode()
    assert rewrite(text, []) == text
    assert rewrite(text, [RemoveImport(span=(0, 0), module="absent", name="nothing")]) == text


def test_each_edit_once_and_in_any_order() -> None:
    source, spans = marked("@d(«0:a»())\ndef «1:f»(p: «2:T» = b()) -> «3:T»:\n    return «4:c(«5:d()»)»\n")
    edits: list[Edit] = [
        AwaitCall(span=spans[4]),
        AwaitCall(span=spans[5]),
        MakeAsync(span=spans[1]),
        Rename(span=spans[2], new="U"),
        Rename(span=spans[3], new="V"),
        Rename(span=spans[0], new="e"),
    ]
    wanted = b"@d(e())\nasync def f(p: U = b()) -> V:\n    return await c(await d())\n"
    assert rewrite(source, edits) == wanted
    assert rewrite(source, edits[::-1]) == wanted


def test_error_names_file_edit_and_reason() -> None:
    edit = AwaitCall(span=(1, 3))
    with pytest.raises(RewriteError) as caught:
        rewrite(b"f()\n", [edit], "app/a.py")
    assert str(caught.value) == "app/a.py cannot be rewritten: AwaitCall at bytes 1-3: nothing to change at bytes 1-3"
    assert caught.value.edit is edit
    assert isinstance(caught.value, RefusedError)


def test_source_that_does_not_parse() -> None:
    with pytest.raises(RewriteError, match="does not parse"):
        rewrite(b"def f(:\n", [MakeAsync(span=(4, 5))])


def test_every_edit_has_one_transform_and_survives_json() -> None:
    assert sorted(transform.edit.__name__ for transform in ORDER) == sorted(Edit.registry)
    edit = Rename(span=(1, 2), new="x", reason="why")
    assert edit_from_json(edit.to_json()) == edit


def test_a_file_is_rewritten_anew_only_for_other_edits_or_another_style() -> None:
    source, spans = marked("def «0:f»():\n    return «1:g»(aaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbb)\n")
    one = FilePlan("a.py", "0", (MakeAsync(span=spans[0]),))
    two = FilePlan("a.py", "0", (Rename(span=spans[1], new="h"),))
    rewritten, style = Rewritten(), BlackSettings()
    first = rewritten.text(one, source, style)
    assert first.startswith(b"async def f()")
    assert rewritten.text(FilePlan("a.py", "0", one.edits), source, style) is first
    assert b"return h(" in rewritten.text(two, source, style)
    narrow = rewritten.text(two, source, BlackSettings(line_length=30))
    assert narrow == Rewritten().text(two, source, BlackSettings(line_length=30))
    assert rewritten.text(one, source, style) == first
    with pytest.raises(RewriteError, match="nothing was changed"):
        rewritten.text(FilePlan("a.py", "0", (AwaitCall(span=(1, 3)),)), source, style)
