"""The await check: in the rewritten project every reference to something async is awaited or well looked after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tree_sitter import Node

from awaitify.gate import consumers
from awaitify.gate.climb import climb
from awaitify.gate.library import library_colour
from awaitify.gate.model import Finding
from awaitify.gate.overawait import check_overawaits
from awaitify.gate.parameters import follow_argument, takers
from awaitify.gate.references import Reference, awaited_callees, callee_identifier, references, with_aliases
from awaitify.gate.returns import is_guarded
from awaitify.gate.symbols import Colour, Function, Key, Symbols, read_symbols
from awaitify.gate.syntax import code, decorators, def_of, line, qualname
from awaitify.gate.unknown import check_unknown
from awaitify.gate.verdicts import Argument, Lost, PassedTo, Verdict
from awaitify.resolve.model import Point, Target, VirtualFile
from awaitify.resolve.oracle import Oracle

_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class AsyncNames:
    """Dotted qualified names of the project functions that are async after the rewrite."""

    functions: frozenset[str]


def check_awaits(
    files: Mapping[Path, bytes],
    oracle: Oracle,
    async_names: AsyncNames,
    library_async: Callable[[str], bool],
    virtual: Mapping[Path, VirtualFile] | None = None,
) -> list[Finding]:
    """Forgotten and wrong awaits in the rewritten texts of the whole project.

    virtual: for files whose text the checker should see with added facts; their original text must be that of files."""
    facts = virtual or {}
    oracle.open([facts.get(path) or VirtualFile(path, text) for path, text in files.items()])
    search = _Search(files, oracle, read_symbols(files), async_names, library_async)
    search.run()
    findings = search.findings + check_unknown(search.symbols, search.resolved, search.receivers, search.awaited_texts)
    findings += check_overawaits(search.symbols, oracle)
    return sorted(set(findings), key=lambda item: (item.path, item.line, item.rule, item.message))


class _Search:
    """A fixpoint: what is passed on (stored, returned by a plain def, given to a parameter) colours more names."""

    def __init__(
        self,
        files: Mapping[Path, bytes],
        oracle: Oracle,
        symbols: Symbols,
        async_names: AsyncNames,
        library_async: Callable[[str], bool],
    ) -> None:
        self.files = files
        self.oracle = oracle
        self.symbols = symbols
        self.findings: list[Finding] = []
        self.resolved: list[tuple[Reference, tuple[Target, ...]]] = []
        self.receivers: set[tuple[Path, int, str]] = set()
        self._async_names = async_names
        self._library_async = library_async
        self._asked: dict[Path, set[int]] = {path: set() for path in files}
        self._judged: set[Key] = set()
        awaited = {pair for root in symbols.roots.values() for pair in awaited_callees(root)}
        self.awaited_texts = {text for _, text in awaited if "." in text}
        self._awaited = {name for name, _ in awaited}

    def run(self) -> None:
        """Asks and judges until no name gets a new colour."""
        self._colour_decorated()
        for _ in range(_ROUNDS):
            self._ask()
            before = len(self.symbols.colours)
            self._judge()
            if len(self.symbols.colours) == before:
                break

    def _ask(self) -> None:
        names = self.symbols.names() | consumers.SESSION_AWAITED | consumers.LIBRARY_NAMES | self._awaited
        names = with_aliases(names, self.files.values())
        fresh: list[Reference] = []
        for path, text in self.files.items():
            found = list(references(path, text, self.symbols.roots[path], names, self._asked[path]))
            self._asked[path].update(item.identifier.start_byte for item in found)
            fresh += found
        answers = self._definitions((item.path, item.identifier) for item in fresh)
        self.resolved += zip(fresh, answers, strict=True)

    def _definitions(self, places: Iterable[tuple[Path, Node]]) -> list[tuple[Target, ...]]:
        return self.oracle.definitions([Point(path, node.start_byte) for path, node in places])

    def _judge(self) -> None:
        arguments: list[tuple[Reference, Argument]] = []
        for reference, targets in self.resolved:
            key = (reference.path, reference.identifier.start_byte)
            if key in self._judged:
                continue
            colour = self._colour(targets)
            if colour is None:
                continue
            self._judged.add(key)
            self._remember_receiver(reference, colour)
            verdict = climb(reference.expression, colour)
            if isinstance(verdict, Argument):
                arguments.append((reference, replace(verdict, path=reference.path)))
            else:
                self._take(reference, verdict, colour)
        self._pass_arguments(arguments)

    def _take(self, reference: Reference, verdict: Verdict, colour: Colour) -> None:
        if isinstance(verdict, Lost):
            self._report(reference, verdict, colour)
        elif isinstance(verdict, PassedTo):
            path = verdict.path or reference.path
            self.symbols.colours.setdefault((path, verdict.name.start_byte), verdict.colour)

    def _report(self, reference: Reference, lost: Lost, colour: Colour) -> None:
        message = f"{code(reference.expression)} is not awaited: {lost.how} ({colour.origin})"
        function = qualname(def_of(reference.expression))
        self.findings.append(Finding(str(reference.path), line(lost.at), "not-awaited", message, function))

    def _pass_arguments(self, arguments: list[tuple[Reference, Argument]]) -> None:
        """A project function may await what it is given: its reads of the parameter decide. Others lose it."""
        for _ in range(_ROUNDS):
            if not arguments:
                return
            asked = [(argument.path or reference.path, takers(argument.call)) for reference, argument in arguments]
            answers = iter(self._definitions((path, node) for path, nodes in asked for node in nodes))
            onward: list[tuple[Reference, Argument]] = []
            for (reference, argument), (_, nodes) in zip(arguments, asked, strict=True):
                for verdict in follow_argument(self.symbols, {node: next(answers) for node in nodes}, argument):
                    if isinstance(verdict, Argument):
                        onward.append((reference, verdict))
                    else:
                        self._take(reference, verdict, argument.colour)
            arguments = onward

    def _colour(self, targets: tuple[Target, ...]) -> Colour | None:
        for target in targets:
            key = (target.path, target.offset) if target.path is not None else None
            if key in self.symbols.colours:
                return self.symbols.colours[key]
            if key in self.symbols.functions:
                continue
            if target.in_project and target.name in self._async_names.functions:
                return Colour(1, origin=target.name)
            if (colour := library_colour(target, self._library_async)) is not None:
                return colour
        return None

    def _remember_receiver(self, reference: Reference, colour: Colour) -> None:
        scope = def_of(reference.expression)
        if scope is not None and reference.receiver is not None and "AsyncSession." in colour.origin:
            self.receivers.add((reference.path, scope.id, code(reference.receiver)))

    def _colour_decorated(self) -> None:
        """`@deco async def f`: the function that deco gets is async."""
        known = with_aliases({item.name for item in self.symbols.functions.values()}, self.files.values())
        places: list[tuple[Path, Node, bool, Function]] = []
        for key in list(self.symbols.colours):
            function = self.symbols.functions[key]
            for item in decorators(function.node):
                called = item.type == "call"
                node = callee_identifier(item.child_by_field_name("function") if called else item)
                if node is not None and code(node) in known:
                    places.append((function.path, node, called, function))
        answers = self._definitions((path, node) for path, node, _, _ in places)
        for (_, _, called, function), targets in zip(places, answers, strict=True):
            for target in targets:
                decorator = self.symbols.functions.get((target.path, target.offset)) if target.path else None
                if decorator is not None:
                    self._colour_decorator(decorator, called, function)

    def _colour_decorator(self, decorator: Function, called: bool, function: Function) -> None:
        """A called decorator hands the function to the def inside of it."""
        candidates = [decorator]
        if called:
            every = self.symbols.functions.values()
            same_file = [item for item in every if item.path == decorator.path and item.params]
            candidates = [item for item in same_file if def_of(item.node) == decorator.node]
        colour = function.colour()
        if colour is None or not candidates or not candidates[0].params or is_guarded(candidates[0].node):
            return
        key = (decorator.path, candidates[0].params[0].start_byte)
        self.symbols.colours.setdefault(key, replace(colour, origin=f"decorated {function.qualname}"))
