"""Which clients get their library's native async form: found before the colours, settled after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from tree_sitter import Node

from awaitify.analysis.clients.excluded import excluded
from awaitify.analysis.clients.flow import Flow
from awaitify.analysis.clients.holders import is_last
from awaitify.analysis.clients.model import Component, Holder, Seed, Use
from awaitify.analysis.clients.opened import (
    Home,
    find_home,
    fitted,
    not_opened,
    settle_opened,
    shared_defaults,
    thread_blocks,
)
from awaitify.analysis.clients.refs import References
from awaitify.analysis.clients.tests import TestsMention
from awaitify.analysis.effects import Effect, Effects
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.fact_finding import bind
from awaitify.analysis.knowledge.forms import Client
from awaitify.analysis.naming import async_name
from awaitify.plan_model import Reason
from awaitify.project.index import Call, File, Function, text_of


@dataclass(eq=False)
class Clients:
    """The components of a project. home: where the module with clients that are opened goes; library: the value of the
    setting that chooses theirs."""

    effects: Effects
    components: list[Component] = field(default_factory=list)
    home: Home | None = None
    library: str = ""
    before: dict[int, Effect] = field(default_factory=dict)
    readings: list[tuple[Function, Node]] = field(default_factory=list)

    def change(self, call: Call, kind: str) -> None:
        """Gives a call another kind of effect, which can be taken back."""
        self.before.setdefault(call.node.id, self.effects.by_call[call])
        self.effects.by_call[call] = replace(self.effects.by_call[call], kind=kind)

    def native(self, function: Function | None) -> Iterator[tuple[Component, Use]]:
        """The uses inside a function of clients that get an async form."""
        for component in self.components:
            if component.is_usable:
                yield from ((component, use) for use in component.uses if use.function is function)

    def settle(self, asyncs: set[Function], twins: set[Function]) -> bool:
        """Gives each component its mode; says whether one was denied, so that the colours must be found again."""
        denied = False
        for component in self.components:
            if not component.is_usable:
                continue
            waiting = component.waiting()
            component.mode = ""
            if not any(use.function in asyncs for use in waiting):
                continue
            component.mode = "swap"
            if any(use.function not in asyncs or use.function in twins for use in waiting):
                component.mode = "twin"
                if not _has_twins(component, asyncs):
                    stuck = next(use for use in waiting if use.function not in asyncs or use.function in twins)
                    component.user = stuck.function.id if stuck.function is not None else stuck.file.module
                    self.deny(component)
                    denied = True
        return denied

    def swapped(self) -> dict[str, str]:
        """The classes that clients had, as defined, by which they have now."""
        seeds = [seed for item in self.components if item.is_usable and item.mode == "swap" for seed in item.seeds]
        found = {name: seed.client.becomes for seed in seeds for name in seed.client.calls}
        return found | {old: new for seed in seeds for old, new in seed.client.types}

    def deny_where(self, reasons: dict[Function, list[Reason]]) -> bool:
        """Takes back the components used in functions that a gate refused; says whether there was one."""
        failed = {
            function for function, found in reasons.items() if any(item.rule.startswith("gate-") for item in found)
        }
        used = [item for item in self.components if item.is_usable and item.mode]
        used = [item for item in used if any(use.function in failed for use in item.uses)]
        for component in used:
            self.deny(component)
        return bool(used)

    def deny_all(self) -> bool:
        """Takes back every component; says whether there was one."""
        used = [item for item in self.components if item.is_usable and item.mode]
        for component in used:
            self.deny(component)
        return bool(used)

    def deny(self, component: Component) -> None:
        """Takes a component back to threads; what no thread can do is refused where it stands."""
        component.mode = "denied"
        for use in component.uses:
            _leave(use, self)


def find_clients(effects: Effects, entries: Entries, library: str = "") -> Clients:
    """Follows every client, and marks the calls on those whose async form is known as native. library: which one the
    clients that are opened shall come from; "to_thread": they stay as they are."""
    resolution, knowledge = effects.resolution, effects.knowledge
    files = resolution.project.files
    homes = {function.node.id: function for file in files for function in file.functions}
    references = References(resolution, homes)
    found = Clients(effects, library=library)
    made = list(_made(effects))
    found.home = find_home(resolution, made)
    walk = partial(Flow, resolution, entries, knowledge, references, _by_node(files))
    taken: set[int] = set()
    for call, client in made:
        if call.node.id not in taken:
            component = walk().run(Seed(call, fitted(client, found.home, library)))
            taken |= {seed.call.node.id for seed in component.seeds}
            found.components.append(component)
    mentions = TestsMention(resolution, knowledge, references)
    blocks, defaults = thread_blocks(effects), shared_defaults(effects)
    for component in _merged(found.components):
        reason = component.problem or _mixed(component, effects, entries) or excluded(component, files)
        reason = reason or not_opened(component, found.home, library, defaults)
        component.problem = reason or mentions.reason(component)
        settle_opened(component, blocks)
        for use in component.uses:
            _mark(use, component, found)
    found.components = _merged(found.components)
    return found


def _made(effects: Effects) -> Iterator[tuple[Call, Client]]:
    """The calls outside of the tests that make clients."""
    for file in effects.resolution.project.files:
        for call in file.calls if not file.is_test else ():
            targets = effects.resolution.targets.get(call, ())
            client = next(filter(None, (effects.knowledge.client(item.name) for item in targets)), None)
            if client is not None:
                yield call, client


def _by_node(files: list[File]) -> dict[int, Call]:
    return {call.node.id: call for file in files for call in file.calls}


def _merged(components: list[Component]) -> list[Component]:
    """Components that share a holder are one."""
    result: list[Component] = []
    for component in components:
        for other in [item for item in result if item.holders & component.holders]:
            result.remove(other)
            component.seeds = list(dict.fromkeys([*other.seeds, *component.seeds]))
            component.uses = list(dict.fromkeys([*other.uses, *component.uses]))
            component.references = list(dict.fromkeys([*other.references, *component.references]))
            component.sessions = list(dict.fromkeys([*other.sessions, *component.sessions]))
            component.holders |= other.holders
            component.tracked |= other.tracked
            component.problem = other.problem or component.problem
        result.append(component)
    return result


def _mark(use: Use, component: Component, found: Clients) -> None:
    """Notes a use in the effects as native."""
    effects, function = found.effects, use.function
    if component.problem is not None:
        _block(use, effects)
        return
    if use.call is not None and use.how in ("await", "list", "join", "plain"):
        found.change(use.call, "harmless" if use.how == "plain" else "native")
    elif function is not None and use.how in ("for", "comprehension", "with", "open"):
        effects.native_blocks[function].append(use.node)
        if use.node in effects.readings[function]:
            effects.readings[function].remove(use.node)
            found.readings.append((function, use.node))
        for call in function.calls:
            if (call.node == use.node and use.how == "with") or (call is use.call and use.how == "open"):
                found.change(call, "native")


def _leave(use: Use, found: Clients) -> None:
    """The sync client stays: what was noted is taken back."""
    effects, function = found.effects, use.function
    if function is None:
        return
    for call in function.calls:
        if (call is use.call or call.node == use.node) and call.node.id in found.before:
            effects.by_call[call] = found.before[call.node.id]
    if use.node in effects.native_blocks[function]:
        effects.native_blocks[function].remove(use.node)
    if (function, use.node) in found.readings and use.node not in effects.readings[function]:
        effects.readings[function].append(use.node)
    _block(use, effects)


def _block(use: Use, effects: Effects) -> None:
    """A loop over a sync client's results blocks at each step, unless it is read in a thread first."""
    if use.function is None or use.how not in ("for", "comprehension", "lazy"):
        return
    lazy = [effect.call.node for effect in effects.of(use.function) if effect.kind in ("lazy", "reads", "escapes")]
    if not any(_meets(use.node, other) for other in (*lazy, *effects.readings[use.function])):
        effects.loops[use.function].append(use.node)


def _meets(node: Node, other: Node) -> bool:
    """Whether one of two expressions stands inside the other."""
    return node.start_byte < other.end_byte and other.start_byte < node.end_byte


def _mixed(component: Component, effects: Effects, entries: Entries) -> Reason | None:
    """A place that may hold something else than these clients."""
    for reference in component.references:
        parent = reference.node.parent
        is_part = parent is not None and parent.type == "attribute" and is_last(reference.node, parent)
        whole = parent if parent is not None and is_part else reference.node
        place = whole.parent
        if place is None or place.type != "assignment" or place.child_by_field_name("left") != whole:
            continue
        right = place.child_by_field_name("right")
        if right is not None and right.id not in component.tracked and text_of(right) != "None":
            message = f"{reference.holder.name} may hold something else: {text_of(right)[:40]}"
            return Reason("client", message, reference.file.source.relative, place.start_point[0] + 1)
    for holder in component.holders:
        if holder.kind == "parameter" and holder.function is not None:
            reason = _other_argument(holder, holder.function, component, effects, entries)
            if reason is not None:
                return reason
    return None


def _other_argument(
    holder: Holder, function: Function, component: Component, effects: Effects, entries: Entries
) -> Reason | None:
    for call in effects.resolution.callers.get(function, ()):
        if call.file.is_test:
            continue
        for name, value in bind(function, call):
            if name == holder.name and value.id not in component.tracked and text_of(value) != "None":
                message = f"{function.id} may get another {holder.name}: {text_of(value)[:40]}"
                return Reason("client", message, call.file.source.relative, call.line)
    results = {item.function for item in component.holders if item.kind == "result"}
    param = function.param(holder.name)
    for site in entries.sites:
        if site.owner is function and param is not None and param.default is not None:
            inside = param.default.start_byte <= site.call.node.start_byte < param.default.end_byte
            if inside and site.target not in results:
                message = f"{function.id} gets {holder.name} from {text_of(site.call.node)[:40]}"
                return Reason("client", message, function.file.source.relative, site.call.line)
    return None


def _is_taken(holder: Holder) -> bool:
    """Whether something has the name of the async twin already."""
    new = async_name(holder.name)
    is_local = holder.kind == "variable" and not holder.is_global
    return not is_local and new in holder.file.words


def _has_twins(component: Component, asyncs: set[Function]) -> bool:
    """Whether async clients can stand beside the sync ones: variables of modules and of functions that move whole, and
    plain functions that give one."""
    if any(seed.client.stateful for seed in component.seeds) or component.sessions:
        return False
    for holder in component.holders:
        if holder.kind == "parameter" or _is_taken(holder):
            return False
        if holder.kind == "variable" and holder.function is not None and holder.function not in asyncs:
            return False
        if holder.kind == "result" and (holder.function is None or holder.function.cls is not None):
            return False
    names: dict[Holder, int] = defaultdict(int)
    for reference in component.references:
        parent = reference.node.parent
        whole = parent if reference.holder.kind == "attribute" and parent is not None else reference.node
        place = whole.parent
        is_bound = place is not None and place.type == "assignment" and place.named_children[0] == whole
        names[reference.holder] += is_bound and reference.holder.function is None
    return all(count <= 1 for count in names.values())
