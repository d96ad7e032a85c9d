"""AsyncFor: the loop's keyword."""

from __future__ import annotations

from awaitify_transforms.edits import AsyncFor, Span

from .tools import check_noop, check_refused, check_transformed


def async_for(*spans: Span) -> list[AsyncFor]:
    return [AsyncFor(span=span) for span in spans]


def test_forms() -> None:
    check_transformed(
        """
        async def k():
            «for» a in b: pass
            for c in d:
                «for»(e, f)in g:  # é
                    break
                else: pass
        """,
        """
        async def k():
            async for a in b: pass
            for c in d:
                async for(e, f)in g:  # é
                    break
                else: pass
        """,
        async_for,
    )


def test_refused() -> None:
    check_refused("async def k():\n    «async for» a in b: pass\n", async_for, "async already")
    check_refused("async def k():\n    [a «for» a in b]\n", async_for, "nothing to change")


def test_others_stay() -> None:
    check_noop("async def k():\n    for a in b: pass\n    async for a in c: pass\n", async_for)
