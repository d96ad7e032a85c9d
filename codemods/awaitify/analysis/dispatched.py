"""Functions that `functools.singledispatch` calls in the place of another: who calls the one may run any of them."""

from __future__ import annotations

from collections import defaultdict

from awaitify.analysis.calls import Resolution
from awaitify.project.index import Function, text_of

DISPATCHERS = ("singledispatch", "singledispatchmethod")


def dispatched(resolution: Resolution) -> dict[Function, tuple[Function, ...]]:
    """Those that are registered by `@show.register` or `@show.register(int)`, by the function that is called."""
    found: dict[Function, list[Function]] = defaultdict(list)
    for file in resolution.project.files:
        for function in file.functions if not file.is_test else ():
            for decorator in function.decorators:
                node = decorator.named_children[0]
                register = node.child_by_field_name("function") if node.type == "call" else node
                owner = register.child_by_field_name("object") if register is not None else None
                if register is None or owner is None or not text_of(register).endswith(".register"):
                    continue
                for target in resolution.definition(file, owner):
                    base = resolution.function_of(target)
                    if base is not None and _is_dispatcher(base):
                        found[base].append(function)
    return {base: tuple(others) for base, others in found.items()}


def _is_dispatcher(function: Function) -> bool:
    written = (text_of(item).lstrip("@").strip().rpartition(".")[2] for item in function.decorators)
    return any(name in DISPATCHERS for name in written)
