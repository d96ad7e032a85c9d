"""Rename: the identifiers that the plan points at, and no other."""

from __future__ import annotations

from awaitify_transforms.edits import Rename, Span

from .tools import check_noop, check_refused, check_transformed


def rename(*spans: Span) -> list[Rename]:
    return [Rename(span=span, new="new") for span in spans]


def test_every_kind_of_name() -> None:
    check_transformed(
        """
        from a import «old», other as «alias»
        import a.«b»
        @«old»
        def «old»(«p»: «Old» = Depends(«old»)) -> list[«Old»]:
            x.«old».y = f(«k»=«old»)
            global «g»
            return f"{«old»}" + old
        """,
        """
        from a import new, other as new
        import a.new
        @new
        def new(new: new = Depends(new)) -> list[new]:
            x.new.y = f(new=new)
            global new
            return f"{new}" + old
        """.replace("global new", "global fresh"),
        lambda *spans: [Rename(span=s, new="fresh" if n == 12 else "new") for n, s in enumerate(spans)],
    )


def test_refused() -> None:
    check_refused("«x» = 1\n", lambda span: Rename(span=span, new="a.b"), "not an identifier")
    check_refused("«x.y» = 1\n", rename, "nothing to change")
    check_refused("x = '«x»'\n", rename, "nothing to change")


def test_others_stay() -> None:
    check_noop("old = old.old(old=old)\n", rename)
    check_noop("old = «0:old»\n", lambda span: Rename(span=span, new="old"))
