"""From colours to the frozen plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from awaitify_transforms.edits import AddImport, InsertCode

from awaitify.analysis.clients.finding import Clients
from awaitify.analysis.colour import Colouring
from awaitify.analysis.loading.deciding import LoadingDecision
from awaitify.analysis.made_twins import original_of
from awaitify.config import Settings
from awaitify.plan_model import ProjectPlan, Reason
from awaitify.planning.alias_twins import is_finished_relay
from awaitify.planning.annotations import typed_in
from awaitify.planning.clients.edits import ClientPlanner
from awaitify.planning.closing import close_clients, left_clients, made_again
from awaitify.planning.dependencies import DependencyPlanner
from awaitify.planning.disposal import dispose_engines
from awaitify.planning.doubles import plan_doubles
from awaitify.planning.draft import Draft, NotTwinned
from awaitify.planning.driver_warnings import driver_warnings
from awaitify.planning.executor import size_executor, unplaced
from awaitify.planning.functions import FunctionPlanner
from awaitify.planning.kept_factories import plan_kept
from awaitify.planning.leftovers import replace_unused
from awaitify.planning.lifespan import Lifespan
from awaitify.planning.managers import plan_managers
from awaitify.planning.outcomes import call_facts, function_outcomes, route_outcomes
from awaitify.planning.progress import shared_functions
from awaitify.planning.reexports import keep_reexports
from awaitify.planning.renaming import rename_doubles, twin_name
from awaitify.planning.sessions import Sessions
from awaitify.planning.state_slots import plan_slots, try_slots
from awaitify.planning.target_tests.async_tests import plan_test
from awaitify.planning.target_tests.called import face_calls
from awaitify.planning.target_tests.fakes import finish_twins, plan_fakes
from awaitify.planning.target_tests.mocks import Mocks
from awaitify.planning.target_tests.names import in_words
from awaitify.planning.target_tests.patches import Patches
from awaitify.planning.target_tests.services import plan_services
from awaitify.planning.target_tests.tests_plan import NO_TESTS, TestsPlan, plan_overrides
from awaitify.planning.twin_exports import export_twins
from awaitify.planning.twins import drop_twin, plan_in_place, plan_twin
from awaitify.planning.wrappers import plan_wrappers
from awaitify.project.index import Class, File, Function


@dataclass(eq=False)
class Planned:
    """A plan, or the functions that must be taken out first, with the reasons."""

    plan: ProjectPlan | None
    refused: dict[Function, list[Reason]] = field(default_factory=dict)


def make_plan(
    colouring: Colouring,
    clients: Clients,
    settings: Settings,
    drivers: dict[str, str],
    loading: LoadingDecision,
) -> Planned:
    """Plans every function that becomes async; a function whose edits have no exact form is handed back."""
    draft = Draft()
    names = {"get_db": settings.async_get_db_name}
    sessions = Sessions(colouring.resolution, colouring.effects, draft, drivers, names, entries=colouring.entries)
    sessions.bridge = settings.bridge
    native = ClientPlanner(clients, draft)
    functions = FunctionPlanner(colouring, draft, sessions, native, settings.bridge)
    _add_loading(colouring, loading, functions)
    refused = _plan_functions(colouring, functions)
    if refused:
        return Planned(None, refused)
    native.plan()
    pool = _plan_lifespan(Lifespan(colouring.resolution, draft), clients, native, sessions)
    patches = Patches(colouring, sessions, draft, Mocks(functions))
    tests = _plan_tests(colouring, functions, patches) if settings.tests else NO_TESTS
    if isinstance(tests, Planned):
        return tests
    gone = _settle_leftovers(colouring, functions)
    if settings.tests:
        tests = _finish_tests(tests, patches, gone)
    export_twins(colouring.resolution, draft, _renamed(colouring, sessions))
    keep_reexports(colouring.resolution.project, draft)
    driver = driver_warnings(colouring.resolution.project, sessions.drivers, sessions.dialects)
    asyncs = colouring.colours.asyncs
    left = [*left_clients(clients, asyncs), *made_again(clients, asyncs)]
    told = (*loading.warnings, *left, *pool, *driver, *tests.warnings, *_blocking(colouring), *native.direct.told())
    plan = _frozen(colouring, sessions, draft, tests, told)
    made = (*native.opened.modules.values(), *native.generated.texts)
    facts = {
        **plan.facts,
        "packages": sorted({*native.opened.packages, *native.generated.packages, *native.direct.packages}),
    }
    return Planned(replace(plan, texts=(*plan.texts, *made), facts=facts))


def _renamed(colouring: Colouring, sessions: Sessions) -> dict[Function | Class, str]:
    """The functions and classes at module level that have an async form of another name."""
    colours, project = colouring.colours, colouring.resolution.project
    twins = {one: twin_name(one) for item in colours.twins if item in colours.asyncs for one in [original_of(item)]}
    doubles = {cls: cls.twin for cls in colours.doubles}
    made = {item: sessions.made.get((item.file, item.id), item.name) for item in project.functions.values()}
    named = {**{item: name for item, name in made.items() if name != item.name}, **twins}
    tops = {item: name for item, name in named.items() if isinstance(item, Class) or not (item.cls or item.parent)}
    return {**tops, **doubles}


def _plan_lifespan(lifespan: Lifespan, clients: Clients, native: ClientPlanner, sessions: Sessions) -> list[Reason]:
    """Closes what is shared, and sizes the executor; warnings where there is no place for it."""
    close_clients(clients, native.shared, lifespan)
    dispose_engines(sessions, lifespan)
    if sessions.bridge == "to_thread":
        size_executor(lifespan)
    return [] if lifespan.place() else unplaced(lifespan)


def _plan_tests(colouring: Colouring, functions: FunctionPlanner, patches: Patches) -> TestsPlan | Planned:
    """What becomes of the target's tests, or whom they hand back."""
    moving, draft = colouring.colours.asyncs, functions.draft
    patched, patches.twins[:] = plan_fakes(colouring, draft, patches.mocks)
    patched.update(plan_services(colouring, patches.mocks))
    if patched:
        return Planned(None, patched)
    faked = _faked(colouring, moving, patches.plan(), functions.sessions)
    if faked and moving:
        return Planned(None, faked)
    tests = plan_overrides(colouring, functions, patches, moving | colouring.colours.carriers)
    if tests.refused:
        return Planned(None, _users(colouring, moving, tests.refused))
    face_calls(colouring, patches.mocks)
    if traceless := patches.mocks.refused():
        return Planned(None, {function: [reason] for function, reason in traceless.items()})
    if tests.kept:
        return Planned(None, {function: [reason] for function, reason in tests.kept.items()})
    return tests


def _frozen(
    colouring: Colouring, sessions: Sessions, draft: Draft, tests: TestsPlan, warnings: tuple[Reason, ...]
) -> ProjectPlan:
    """The plan of all edits that were noted."""
    dialects = sorted(sessions.dialects)
    return ProjectPlan(
        routes=route_outcomes(colouring), files=draft.plans(), functions=function_outcomes(colouring),
        calls=call_facts(colouring), texts=tests.texts, warnings=warnings, tests_changed=tests.changed,
        facts={
            "dialects": dialects, "drivers": {name: sessions.drivers[name] for name in dialects},
            "shared": shared_functions(colouring),
        },
    )  # fmt: skip


def _users(
    colouring: Colouring, moving: set[Function], providers: dict[Function, Reason]
) -> dict[Function, list[Reason]]:
    """What moves and depends on one of the providers, each with the provider's reason."""
    found = {
        function: [
            reason for provider, reason in providers.items() if provider in colouring.entries.depends_on[function]
        ]
        for function in moving
    }
    used = {function: reasons for function, reasons in found.items() if reasons}
    return used or {function: list(providers.values()) for function in moving}


def _faked(
    colouring: Colouring, moving: set[Function], faked: dict[Function, Reason], sessions: Sessions
) -> dict[Function, list[Reason]]:
    """What opens a session that tests fake, and what depends on it; a provider without a twin serves nothing here."""
    own = {function: [reason] for function, reason in faked.items() if function in moving}
    rest = {function: reason for function, reason in faked.items() if function not in moving}
    providers = {item: reason for item, reason in rest.items() if (item.file, item.id) in sessions.made}
    return {**(_users(colouring, moving, providers) if providers else {}), **own}


def _finish_tests(tests: TestsPlan, patches: Patches, gone: set[Function]) -> TestsPlan:
    """The patches that depend on what stays, and the module that mocks need."""
    finish_twins(patches.twins, patches.colouring, patches.mocks)
    patches.finish(gone)
    texts = (*tests.texts, *patches.mocks.place())
    changed = {file.source.relative for file, edits in patches.draft.edits.items() if file.is_test and edits}
    return replace(
        tests, texts=texts, changed=tuple(sorted({*tests.changed, *changed, *(text.path for text in texts)}))
    )


def _settle_leftovers(colouring: Colouring, functions: FunctionPlanner) -> set[Function]:
    """What nothing uses any more makes place for its twin. Returns what goes."""
    sessions, draft = functions.sessions, functions.draft
    functions.given.prepare()
    together = [item.given for item in functions.given.used]
    makers = (colouring.colours.providers | sessions.copied).union(*together)
    gone = replace_unused(makers, colouring.resolution, draft, sessions.there, together)
    plan_slots(colouring.effects.slots, sessions, gone, draft)
    functions.given.finish(gone)
    return gone


def _blocking(colouring: Colouring) -> list[Reason]:
    """A warning for each middleware and exception handler that goes on blocking the event loop."""
    colours, found = colouring.colours, []
    for function in sorted(colouring.entries.on_loop & colours.effectful - colours.asyncs, key=lambda item: item.id):
        reasons = colours.why.get(function, [])
        why = f": {reasons[0].message}" if reasons else ""
        message = f"{function.id} blocks the event loop around every request{why}"
        found.append(Reason("blocks-loop", message, function.file.source.relative, function.line))
    return found


def _plan_functions(colouring: Colouring, functions: FunctionPlanner) -> dict[Function, list[Reason]]:
    """Plans the dependencies and every function that moves; returns those that have no exact form."""
    colours, moving = colouring.colours, colouring.colours.asyncs
    try:
        dependencies = DependencyPlanner(colouring, functions.draft, functions.sessions, functions)
        dependencies.plan(moving | colours.carriers | colours.beside)
        try_slots(colouring.effects.slots, functions.sessions)
    except NotTwinned as problem:
        users = {function for function in moving if colouring.entries.depends_on[function] & colours.providers}
        return {function: [problem.reason] for function in users or moving}
    _plan_names(colouring, functions)
    plan_managers(colouring.effects.managers, functions)
    refused = {**plan_kept(colouring.effects.factories, functions), **plan_wrappers(functions)}
    rest = moving - colouring.effects.wrappings.by_wrapper.keys()
    for function in sorted(rest, key=lambda item: (item.file.source.relative, item.node.start_byte)):
        try:
            if function.cls is not None and function.cls in colours.doubles:
                continue
            if function in colours.twins:
                plan_twin(function, functions)
            elif function.file.is_test:
                plan_test(function, functions)
            else:
                plan_in_place(function, functions)
        except NotTwinned as problem:
            refused[function] = [problem.reason]
    refused |= plan_doubles(functions)
    for function in colouring.effects.copies:
        if is_finished_relay(function, colouring):
            drop_twin(function, functions)
    return refused


def _add_loading(colouring: Colouring, loading: LoadingDecision, planner: FunctionPlanner) -> None:
    """Cures of lazy loads: those inside a function that gets a twin belong to the twin."""
    files = {file.source.relative: file for file in colouring.resolution.project.files}
    for relative, edits in loading.edits.items():
        for edit in edits:
            home = _around(files[relative], edit.span, colouring.colours.asyncs)
            if isinstance(edit, InsertCode) and home is not None and home.file.is_test:
                names = colouring.tests.new_names(home, colouring.colours.twins)
                edit = replace(edit, code=in_words(edit.code, names))
            if home not in colouring.colours.twins or isinstance(edit, AddImport) or home is None:
                planner.draft.add(files[relative], edit)
            else:
                planner.twin_edits[home].append(edit)


def _around(file: File, span: tuple[int, int], functions: set[Function]) -> Function | None:
    """The function, of these, that a place lies in."""
    inside = (item for item in functions if item.file is file and item.outer.start_byte <= span[0])
    return next((item for item in inside if span[1] <= item.outer.end_byte), None)


def _plan_names(colouring: Colouring, functions: FunctionPlanner) -> None:
    """Plans what signatures and types say where the code between stays as it is."""
    colours, moving = colouring.colours, colouring.colours.asyncs
    for function in colours.carriers:
        functions.annotations.session_names(function)
    for function in colours.shared:
        functions.annotations.shared_names(function)
    for function in colours.carriers | colours.within:
        rename_doubles(function.file, function.outer, colouring, functions.draft)
    for cls in {item.cls for item in moving - colours.twins.keys() if item.cls is not None}:
        for node in typed_in(cls.node.child_by_field_name("body")):
            rename_doubles(cls.file, node, colouring, functions.draft)
    for provider in colouring.objects.fed():
        for node in provider.given:  # Dependency(instance_of=Session)
            functions.annotations.session_type(provider.call.file, node)
    for function in sorted(colours.builders, key=lambda item: item.id):
        functions.queries.select(function)
        functions.annotations.session_names(function)
