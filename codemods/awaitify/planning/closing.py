"""Closes the async clients of modules where the application ends."""

from __future__ import annotations

import re

from awaitify.analysis.clients.finding import Clients
from awaitify.analysis.clients.model import Component, Holder, Seed
from awaitify.analysis.naming import async_name
from awaitify.plan_model import Reason
from awaitify.planning.clients.kept import is_kept, outlives
from awaitify.planning.clients.shared import SharedClients
from awaitify.planning.lifespan import Lifespan
from awaitify.project.index import File, Function

ENTERS = re.compile(rb"with TestClient\(|LifespanManager|lifespan_context|lifespan\(")


def left_clients(clients: Clients, asyncs: set[Function]) -> list[Reason]:
    """Why the calls of a client run in threads although its library has an async form."""
    found = []
    for component in clients.components:
        if component.is_usable or not any(use.function in asyncs for use in component.waiting()):
            continue
        seed = component.seeds[0]
        place = (seed.call.file.source.relative, seed.call.line)
        why = f"{component.user} uses it too and stays sync" if component.user else "its async form was refused"
        why = component.problem.message if component.problem is not None else why
        message = f"{seed.client.name} made here stays sync, and its calls run in threads: {why}"
        found.append(Reason("client", message, *place))
    return found


def made_again(clients: Clients, asyncs: set[Function]) -> list[Reason]:
    """Clients that a function on the event loop makes in each of its calls, although that takes long."""
    found = []
    callers = clients.effects.resolution.callers
    for component in clients.components:
        for seed in component.seeds if component.is_usable and not outlives(component) else ():
            function, client = seed.call.function, seed.client
            if function is None or client.cheap or client.once is not None:
                continue
            if function in asyncs or any(call.function in asyncs for call in callers.get(function, ())):
                name = client.becomes.rpartition(".")[2]
                message = (
                    f"{name} is made in each call of {function.name}, and reads certificates on the event loop "
                    "(tens of milliseconds): make it once, in a variable of the module"
                )
                found.append(Reason("client", message, seed.call.file.source.relative, seed.call.line))
    return found


def close_clients(clients: Clients, shared: SharedClients, lifespan: Lifespan) -> None:
    """Notes `await client.close()` for each client that a variable of a module keeps from the start.

    One that cannot be used again afterwards stays open when the tests enter the lifespan, perhaps more than once."""
    if len(lifespan.apps()) != 1:
        return
    files = clients.effects.resolution.project.files
    again = any(file.is_test and ENTERS.search(file.source.text) for file in files)
    taken: set[str] = set()
    for (file, _), (name, made) in shared.made.items():
        if made.close and (not again or made.kept) and name not in taken:
            taken.add(name)
            lifespan.end.append(f"await {name}.{made.close}()")
            lifespan.imports.append((file.module, name))
    for component in clients.components:
        if component.mode not in ("swap", "twin") or not component.is_usable:
            continue
        for seed in component.seeds:
            holder = _kept(seed, component)
            reopens = seed.client.reopens or is_kept(seed.client, component, clients.effects.resolution.project)
            if holder is None or not seed.client.close or (again and not reopens):
                continue
            name = async_name(holder.name) if component.mode == "twin" else holder.name
            if name not in taken:
                taken.add(name)
                _close(name, seed, holder.file, lifespan)


def _kept(seed: Seed, component: Component) -> Holder | None:
    """The variable of a module that a constructor's call is the only value of."""
    assignment = seed.call.node.parent
    if assignment is None or assignment.type != "assignment" or seed.call.function is not None:
        return None
    left = assignment.child_by_field_name("left")
    bindings: dict[Holder, int] = {}
    found: Holder | None = None
    for reference in component.references:
        parent = reference.node.parent
        if parent is not None and parent.type == "assignment" and parent.named_children[0] == reference.node:
            bindings[reference.holder] = bindings.get(reference.holder, 0) + 1
            if reference.node == left and reference.holder.is_global:
                found = reference.holder
    return found if found is not None and bindings[found] == 1 else None


def _close(name: str, seed: Seed, file: File, lifespan: Lifespan) -> None:
    lifespan.end.append(f"await {name}.{seed.client.close}()")
    lifespan.imports.append((file.module, name))
