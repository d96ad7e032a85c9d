"""Where two JSON values differ, in words."""

from __future__ import annotations

from awaitify.verifying.differences import differences, told


def test_differences() -> None:
    before = {"a": [1, {"b": 2}], "gone": None, "same": [], "kind": 1}
    after = {"a": [1, {"b": 3}, 4], "new": "x" * 100, "same": [], "kind": True}
    assert [told(*item) for item in differences(before, after)] == [
        "a[1].b: 2 became 3",
        "a[2]: new, 4",
        "gone: gone, was null",
        "kind: 1 became true",
        f'new: new, "{"x" * 78}…',
    ]
    assert [told(*item) for item in differences("a", "b")] == ['the whole: "a" became "b"']
