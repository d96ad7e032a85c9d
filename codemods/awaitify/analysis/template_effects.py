"""Functions of the project that run as a template is rendered: `{{ unread(user) }}` calls what `env.globals` knows."""

from __future__ import annotations

import re

from awaitify.analysis.effects import Effects
from awaitify.analysis.implicit import Implicit
from awaitify.analysis.loading.rendering import RENDERING, SUFFIXES, renderings
from awaitify.analysis.loading.template_calls import TemplateCalls
from awaitify.analysis.loading.template_files import template_files
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
            if callees:
                implicit = Implicit(rendering.call, tuple(dict.fromkeys(callees)))
                effects.implicit.setdefault(function, []).append(implicit)
