"""What a function that becomes async is decorated with then."""

from __future__ import annotations

from awaitify.analysis.colour import Colouring
from awaitify.analysis.colours import Colours
from awaitify.analysis.wrapping.model import Wrapping
from awaitify.planning.draft import Draft
from awaitify.planning.renaming import rename_function, twin_name
from awaitify.project.index import Function


def is_twinned(wrapping: Wrapping, colours: Colours) -> bool:
    """Whether something goes on using a decorator as it is."""
    return wrapping.elsewhere or any(
        item not in colours.asyncs or item in colours.twins or item.is_async for item in wrapping.functions
    )


def rename_decorators(function: Function, colouring: Colouring, draft: Draft) -> None:
    """The async twins of the project's decorators take their places over a function."""
    for node in function.decorators if not function.is_async else ():
        wrapping = colouring.effects.wrappings.by_decorator.get(node.id)
        if wrapping is not None and is_twinned(wrapping, colouring.colours):
            rename_function(function.file, wrapping.named(node), twin_name(wrapping.shape.maker), draft)
