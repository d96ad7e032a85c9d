"""Functions of the project that run as a template is rendered: `{{ unread(user) }}` calls what `env.globals` knows."""

from __future__ import annotations

import re

from awaitify.analysis.effects import Effects
from awaitify.analysis.implicit import Implicit
from awaitify.analysis.loading.rendering import RENDERING, SUFFIXES, renderings
from awaitify.analysis.loading.template_calls import TemplateCalls
from awaitify.analysis.loading.template_files import template_files
from awaitify.analysis.queries.uses import READ_WITHOUT_CALL
from awaitify.analysis.scope import IDLE_KINDS, called_by
from awaitify.project.index import Function, is_within

#: A file without any of these renders nothing.
RENDERS = re.compile("|".join(map(re.escape, sorted({*RENDERING, *SUFFIXES}))).encode())


def link_templates(effects: Effects) -> None:
    """Notes for each function that renders a template what runs with it."""
    project = effects.resolution.project
    files, calls = template_files(project), TemplateCalls(project, effects.mapping)
    homes = [file for file in project.files if not file.is_test and RENDERS.search(file.source.text)]
    for function in [item for file in homes for item in file.functions]:
        for rendering in renderings(function, files.is_template):
            found = list(calls.called(files.parsed(rendering.names).code, rendering.given))
            inner = [item for item in found if not isinstance(item, Function)]
            callees = [item for item in found if isinstance(item, Function)]
            for file in project.files if inner else ():
                within = [call for call in file.calls if any(is_within(call.node, item) for item in inner)]
                callees += [callee for call in within for callee in effects.resolution.functions(call)]
            callees = [item for item in callees if not _waits_once(item, effects)]
            if callees:
                implicit = Implicit(rendering.call, tuple(dict.fromkeys(callees)))
                effects.implicit.setdefault(function, []).append(implicit)


def _waits_once(function: Function, effects: Effects) -> bool:
    """Whether a function waits for nothing but what is kept from then on, as the template itself is: a time zone."""
    inside = called_by([function], effects)
    doing = [effect for item in inside for effect in effects.of(item) if effect.kind not in IDLE_KINDS]
    return (
        bool(doing)
        and all(effect.fact is not None and effect.fact.waits_once for effect in doing)
        and not any(_does_more(item, effects) for item in inside)
    )


def _does_more(function: Function, effects: Effects) -> bool:
    """Whether it works where no call shows it."""
    items = effects.implicit.get(function, ())
    uses = effects.queries[function].uses
    return (
        bool(effects.locals.get(function))
        or any(item.is_unknown or item.lock for item in items)
        or any(use.consumer in READ_WITHOUT_CALL for use in uses)
    )
