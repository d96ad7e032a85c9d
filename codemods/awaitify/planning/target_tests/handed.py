"""Fakes that tests hand to the app themselves get an async face.

`UserService(mock)` -> `UserService(async_face(mock, UserRepository))`
"""

from __future__ import annotations

import re

from awaitify.analysis.colour import Colouring
from awaitify.analysis.target_tests.fixtures import is_test_function
from awaitify.analysis.target_tests.handed import Handed, classes_of, fake_classes, handed_objects, patched_objects
from awaitify.planning.target_tests.faces import Faces, moving_methods
from awaitify.project.index import Call, Class, Function, is_within, text_of

SPEC = re.compile(r"create_autospec\(|\bspec(_set)?=|AsyncMock\(|\bMock\((?!\w+=)\w")


def face_handed(colouring: Colouring, faces: Faces) -> None:
    """Plans the faces of what stands in the place of objects whose methods become async."""
    for handed in handed_objects(colouring.resolution):
        awaited = {cls: methods for cls in handed.classes if (methods := _awaited(cls, handed.taker, colouring))}
        if awaited and _is_fake(handed, awaited, colouring):
            faces.put(handed.file, handed.value, awaited)
    for call, asked in patched_objects(colouring.resolution):
        for init, cls in asked:
            if _awaited(cls, init, colouring):
                faces.mock(call, cls)


def _awaited(cls: Class, taker: Function, colouring: Colouring) -> set[str]:
    """The methods of a class that are awaited by what takes an object of it, once it has moved."""
    colours = colouring.colours
    if cls not in colours.doubles:
        return {item.name for item in moving_methods(colouring, cls)}
    if taker.cls in colours.doubles or taker not in colours.asyncs | colours.carriers | colours.within:
        return set()  # it goes on taking the original
    return {item.name for item in colouring.resolution.members(cls) if item in colours.asyncs}


def _is_fake(handed: Handed, awaited: dict[Class, set[str]], colouring: Colouring) -> bool:
    """Whether a value cannot be awaited where its place is: a mock without the methods of the class, one of a class
    whose methods are async in its copy alone, or an object of a class of the tests that stays as it is."""
    methods, is_copied = set[str]().union(*awaited.values()), bool(colouring.colours.doubles.keys() & awaited.keys())
    origin = colouring.tests.tracer.origin(handed.file, handed.value, handed.user)
    if origin.kind == "fake":
        return not origin.makers or is_copied or any(not _is_specified(maker, methods) for maker in origin.makers)
    fakes = fake_classes(colouring.resolution, handed)
    if not fakes and _is_parametrized(handed, colouring):
        return True
    own = [item for cls in fakes for item in colouring.resolution.members(cls)]
    return any(item.name in methods and item not in colouring.colours.asyncs and not item.is_async for item in own)


def _is_parametrized(handed: Handed, colouring: Colouring) -> bool:
    """Whether a value is one of those that a decorator gives a test."""
    name, user = text_of(handed.value), handed.user
    is_given = user is not None and user.param(name) is not None and is_test_function(user)
    if user is None or not is_given or classes_of(colouring.resolution, handed.file, handed.value):
        return False
    within = [call for call in user.file.calls for item in user.decorators if is_within(call.node, item)]
    made = {callee.cls for call in within for callee in colouring.resolution.functions(call)}
    moved = {item.cls for item in colouring.colours.asyncs if item.file.is_test}
    if made and made <= moved:
        return False
    return any(f'"{name}' in text_of(item) or f'{name}"' in text_of(item) for item in user.decorators)


def _is_specified(maker: Call, methods: set[str]) -> bool:
    """Whether a mock takes its methods from what is there, those that are async too, and the tests set none of them."""
    names = "|".join(map(re.escape, sorted(methods)))
    is_set = re.search(rf"\.(?:{names})\s*=[^=]", maker.file.source.text.decode())
    given = re.search(rf"\b(?:{names})\s*=", text_of(maker.node))
    return SPEC.search(text_of(maker.node)) is not None and not is_set and not given
