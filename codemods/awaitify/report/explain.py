"""Why a function or a route is what it became: its own reasons, and whom it takes along."""

from __future__ import annotations

from collections.abc import Iterable

from awaitify.config import suggestion
from awaitify.errors import AwaitifyError
from awaitify.plan_model import FunctionOutcome, ProjectPlan, RouteOutcome
from awaitify.report import view


def explain(plan: ProjectPlan, what: str) -> str:
    """what: a function (dotted, or only its last parts), `GET /path`, or `file.py:12`.

    Raises AwaitifyError, with a suggestion, when the plan knows none."""
    routes = [route for route in plan.routes if _is(route, what) or view.label(route).lower() == what.lower()]
    functions = [function for function in plan.functions if _is(function, what)]
    shown = {(function.file, function.line) for function in functions}
    routes = [route for route in routes if (route.file, route.line) not in shown or _is_label(plan, what)]
    if not routes and not functions:
        raise AwaitifyError(f'"{what}" is no route and no function of the plan{_near(plan, what)}')
    known = {(function.file, function.line): function for function in plan.functions}
    blocks = [
        [f"{view.label(route)}, {_state(route)}: {route.outcome}", *_why(known.get((route.file, route.line), route))]
        for route in routes
    ]
    blocks += [[_state(function), *_why(function), *_callers(plan, function)] for function in functions]
    return "\n".join("\n".join(block) + "\n" for block in blocks)


def _is_label(plan: ProjectPlan, what: str) -> bool:
    return any(view.label(route).lower() == what.lower() for route in plan.routes)


def _is(item: RouteOutcome | FunctionOutcome, what: str) -> bool:
    at = view.place(item.file, item.line)
    names = (item.function, item.function.partition("@")[0])  # a name that is defined again stands for all
    return any(name == what or name.endswith(f".{what}") for name in names) or at == what or at.endswith(f"/{what}")


def _state(item: RouteOutcome | FunctionOutcome) -> str:
    change = item.after if item.before == item.after else f"{item.before} -> {item.after}"
    return f"{item.function} ({view.place(item.file, item.line)}): {change}"


def _why(item: RouteOutcome | FunctionOutcome) -> list[str]:
    lines: list[str] = []
    for reason in item.reasons:
        at = f" ({view.place(reason.file, reason.line)})" if reason.file else ""
        lines.append(f"  because {reason.message} [{reason.rule}]{at}")
        lines += [f"  {'  ' * depth}> {name}" for depth, name in enumerate(reason.chain, 1)]
    return lines or ["  the plan gives no reason"]


def _callers(plan: ProjectPlan, function: FunctionOutcome) -> list[str]:
    """The other way: everything whose reasons lead through this function."""
    items: Iterable[RouteOutcome | FunctionOutcome] = (*plan.routes, *plan.functions)
    names = {
        view.label(item) if isinstance(item, RouteOutcome) else item.function
        for item in items
        if item.function != function.function and any(function.function in reason.chain for reason in item.reasons)
    }
    return ["  and it decides for:", *(f"    {name}" for name in sorted(names))] if names else []


def _near(plan: ProjectPlan, what: str) -> str:
    known = {item.function for item in (*plan.functions, *plan.routes)} | {view.label(route) for route in plan.routes}
    short = {name.rsplit(".", 1)[-1] for name in known}
    return suggestion(what, sorted(known | short)) or "; `awaitify plan --report DIR` lists every route"
