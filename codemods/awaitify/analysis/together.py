"""What moves together beyond calls: methods that one object serves with sessions, and what enters a unit of work."""

from __future__ import annotations

from awaitify.analysis.colours import Keeping
from awaitify.analysis.effects import Effects
from awaitify.analysis.implicit import is_abstract
from awaitify.analysis.refusals import reason_at
from awaitify.plan_model import Reason
from awaitify.project.index import Class, Function, text_of


def by_factories(colouring: Keeping) -> bool:
    """Methods that open sessions by what their object keeps move together: it is sync or async for all of them."""
    changed, colours = False, colouring.colours
    for factory in colouring.effects.factories:
        stuck = [item for item in factory.users if item not in colours.asyncs or item in colours.twins]
        for user in factory.users if stuck else ():
            message = f"{stuck[0].id} opens sessions in the same way and stays sync"
            changed |= colouring.refuse(user, reason_at("session-source", message, stuck[0]))
    return changed


def by_managers(colouring: Keeping) -> bool:
    """Units of work move when everything that enters them does; what enters one that stays may not move."""
    changed, colours = False, colouring.colours
    for manager in colouring.effects.managers:
        members = [*manager.methods, *manager.users]
        stuck = [item for item in members if item not in colours.asyncs or item in colours.twins]
        works = any(item in colours.effectful for item in manager.methods)
        for item in members if stuck else ():
            if item in manager.methods or works:
                message = f"{stuck[0].id} stays sync, and so do all units of work of its kind"
                reason = reason_at("implicit-call", message, stuck[0])
                changed |= colouring.refuse(item, reason, *colouring.roots(stuck[0]))
    return changed


def by_outsiders(keeping: Keeping) -> bool:
    """What works on the session that another object keeps moves when that object's session is async; the class keeps
    its sync form for what stays."""
    colours, objects, changed = keeping.colours, keeping.objects, False
    found = objects.outsiders()
    for function in sorted(colours.asyncs & found.keys(), key=lambda item: item.id):
        for cls in sorted(found[function], key=lambda item: item.id):
            init, owner = objects.maker(cls, function)
            if init is not None:
                colours.carriers |= objects.carriers(init)
                continue
            message = f"it works on the session of {cls.name}, which comes from {owner} and stays sync"
            changed = _keep_or_refuse(keeping, cls, [function], reason_at("session-source", message, function))
    for function, classes in objects.ways.items():
        stays = function not in colours.asyncs or function in colours.twins
        for cls in sorted(classes - colours.doubles.keys(), key=lambda item: item.id) if stays else ():
            reason = reason_at("session-source", f"{function.id} reads its session and stays sync", function)
            moving = [item for item in cls.methods.values() if item in colours.asyncs]
            changed |= bool(moving) and _keep_or_refuse(keeping, cls, moving, reason)
    return changed


def _keep_or_refuse(keeping: Keeping, cls: Class, functions: list[Function], reason: Reason) -> bool:
    """Gives a class an async copy, or refuses functions where it can have none."""
    own = next((item for item in cls.methods.values() if item in keeping.colours.asyncs), None)
    if own is None or not keeping.keep_class(own, reason):
        for function in functions:
            keeping.refuse(function, reason)
    return True


def by_keepers(keeping: Keeping) -> bool:
    """What keeps an object whose class has an async copy gives all its methods the one or the other: where some stay
    sync, the keeper has a copy of its own, or all of them stay."""
    colours, changed = keeping.colours, False
    classes = {item.cls for item in colours.effectful if item.cls is not None and not item.file.is_test}
    for cls in sorted(classes - colours.doubles.keys() if colours.doubles else (), key=lambda item: item.id):
        lineage = keeping.resolution.lineage(cls)
        users = [item for one in lineage for item in one.methods.values() if _asks_kept(item, keeping)]
        moving = [item for item in users if item in colours.asyncs and item not in colours.twins]
        sync = next((item for item in users if item not in moving), None)
        if sync is None:
            continue
        reason = reason_at("session-source", f"{sync.id} asks what the same object keeps and stays sync", sync)
        if moving:
            changed |= _keep_or_refuse(keeping, cls, moving, reason)
        else:  # what is put into it has to be sync
            calls = keeping.resolution.callers.get(cls.methods["__init__"], ()) if "__init__" in cls.methods else ()
            makers = {call.function for call in calls if call.function in colours.asyncs and not call.file.is_test}
            for maker in sorted(filter(None, makers - colours.twins.keys()), key=lambda item: item.id):
                changed |= keeping.refuse(maker, reason)
    return changed


def _asks_kept(method: Function, keeping: Keeping) -> bool:
    """Whether a method does I/O by an object that its own object keeps, and whose class has an async copy."""
    own = f"{method.params[0].name}." if method.params else ""
    for effect in keeping.effects.of(method) if own else ():
        asked = [item for item in effect.callees if item.cls in keeping.colours.doubles] if effect.callees else []
        path = text_of(effect.call.callee).removeprefix(own)
        if path != text_of(effect.call.callee) and "." in path and keeping.colours.effectful.intersection(asked):
            return True
    return False


def by_families(colouring: Keeping, families: list[list[Function]]) -> bool:
    """Overrides move together with what they override."""
    colours, changed = colouring.colours, False
    for family in families:
        stuck = [function for function in family if function not in colours.asyncs]
        if _is_beside(family, colouring):  # what stands in for it in the tests goes on standing in for the original
            for item in (item for item in family if item.file.is_test):
                changed |= colouring.refuse(item, *_twin_reasons(family, colouring))
            stuck = [function for function in stuck if not function.file.is_test]
        moving = [function for function in family if function in colours.asyncs]
        for function in moving if stuck else ():
            reason = reason_at("override", f"{stuck[0].id} belongs to the same method and stays sync", stuck[0])
            if _has_to_stay(function, family, stuck, colouring):
                changed |= colouring.refuse(function, reason)
            elif function not in colours.twins:
                changed |= colouring.keep_original(function, reason)
        twin = next((item for item in family if item in colours.twins.keys() & colours.asyncs), None)
        for function in moving if twin is not None else ():
            if function not in colours.twins and function in colours.asyncs and twin is not None:
                colours.twins[function] = colours.twins[twin]
                changed = True
    return _by_followers(colouring) or changed


def _by_followers(colouring: Keeping) -> bool:
    """What a test puts in the place of an object without kinship is async where some of what it stands for is."""
    changed, colours = False, colouring.colours
    for method, others in colouring.tests.followers.items():
        if method in colours.asyncs and not any(item in colours.asyncs - colours.twins.keys() for item in others):
            first = min(others, key=lambda item: item.id)
            reason = reason_at("override", f"{first.id}, in whose place it stands, stays sync", first)
            changed |= colouring.refuse(method, reason)
    return changed


def _is_beside(family: list[Function], colouring: Keeping) -> bool:
    """Whether all of the app that moves of a family moves in async copies of its classes."""
    moving = [item for item in family if item in colouring.colours.asyncs and not item.file.is_test]
    return bool(moving) and all(item.cls in colouring.colours.doubles for item in moving)


def _twin_reasons(family: list[Function], colouring: Keeping) -> list[Reason]:
    return [colouring.colours.twins[item] for item in family if item in colouring.colours.twins][:1]


def _has_to_stay(function: Function, family: list[Function], stuck: list[Function], colouring: Keeping) -> bool:
    """Whether a method stays sync where others of its family do: one that is only declared, whose async twin would ask
    every heir for one; one that may be meant where they are; one without work, never meant where another is."""
    if is_abstract(function) or not _is_called_apart(function, stuck, colouring.effects):
        return True
    others = [item for item in family if item is not function]
    return function not in colouring.colours.effectful and _is_called_apart(function, others, colouring.effects)


def _is_called_apart(function: Function, stuck: list[Function], effects: Effects) -> bool:
    """Whether every call that may mean a method means none of the others: an async twin needs none of theirs."""
    found = [effects.by_call.get(call) for call in effects.resolution.callers.get(function, ())]
    return bool(found) and all(
        effect is not None and effect.kind == "project" and not set(stuck).intersection(effect.callees)
        for effect in found
    )
