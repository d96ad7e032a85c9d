"""Blocking calls on the event loop while requests are handled, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from awaitify.verify_model import EQUAL, UNMEASURED, WORSE, Step
from awaitify.verifying.records import App, Place, Request

NAME = "blocking calls"
HELD = 0.1  # seconds of one step of the loop that are worth a note

Key = tuple[str, str, str]
Seen = Mapping[Key, tuple[Place, ...]]


def compare(before: Iterable[Request], after: Iterable[Request], apps: tuple[App, App], why: str) -> Step:
    """Judged by endpoint, kind of call and the function that makes it, so that moved lines do not matter.

    why: the reason when there are no requests."""
    requests = [tuple(before), tuple(after)]
    if not requests[1]:
        return Step(NAME, UNMEASURED, f"because {why or 'no request was seen'}")
    old, new = (_seen(items, app) for items, app in zip(requests, apps, strict=True))
    findings = tuple(_told(key, new[key]) for key in sorted(new) if key not in old)
    remaining = tuple(_told(key, new[key]) for key in sorted(new) if key in old)
    notes = (*_unseen(requests[1], apps), *_held(requests[1], apps[1]), *(f"as before: {text}" for text in remaining))
    headline = f"{len(findings)} new, {len(remaining)} as before, {len(old.keys() - new.keys())} gone"
    headline += f"; over {len(requests[1])} requests to {len({item.function for item in requests[1]})} endpoints"
    return Step(NAME, WORSE if findings else EQUAL, headline, findings, notes)


def _seen(requests: tuple[Request, ...], app: App) -> Seen:
    found: dict[Key, tuple[Place, ...]] = {}
    for request in requests:
        for place in request.blocking:
            key = (app.label(request), place.kind, place.function)
            found[key] = (*found.get(key, ()), place)
    return found


def _told(key: Key, places: tuple[Place, ...]) -> str:
    calls = list(dict.fromkeys(place.call for place in places))
    lines = list(dict.fromkeys(f"{place.file}:{place.line}" for place in places))
    more = f" and {len(lines) - 3} more lines" if len(lines) > 3 else ""
    return f"{key[0]} blocks the loop in {key[2]}: {', '.join(calls[:3])} at {', '.join(lines[:3])}{more}"


def _unseen(requests: tuple[Request, ...], apps: tuple[App, App]) -> tuple[str, ...]:
    """What the figures say nothing about: routes that became async, and no request reached them or none did I/O."""
    before, after = apps
    moved = {
        label: info["function"]
        for label, info in after.routes.items()
        if info["async"] and label in before.routes and not before.routes[label]["async"]
    }
    reached = {item.function for item in requests}
    io = {item.function for item in requests if item.io}
    missed = [label for label, function in moved.items() if function not in reached]
    idle = [label for label, function in moved.items() if function in reached - io]
    texts = [(missed, "were never requested"), (idle, "were requested, but touched no database, file or network")]
    told = "of {} routes that became async, {} {}: {}"
    return tuple(told.format(len(moved), len(labels), text, _some(labels)) for labels, text in texts if labels)


def _held(requests: tuple[Request, ...], app: App) -> tuple[str, ...]:
    longest: dict[str, float] = {}
    for request in requests:
        if request.held[0] >= HELD:
            label = app.label(request)
            longest[label] = max(longest.get(label, 0.0), request.held[0])
    return tuple(
        f"{label} held the loop for {seconds * 1000:.0f} ms in one step (not judged: it may be the machine)"
        for label, seconds in sorted(longest.items())
    )


def _some(labels: list[str]) -> str:
    return ", ".join(labels[:5]) + (", ..." if len(labels) > 5 else "")
