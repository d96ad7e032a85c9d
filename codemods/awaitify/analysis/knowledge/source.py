"""Whether a library function does I/O, judged from the library's own source: which calls it reaches by name."""

from __future__ import annotations

import builtins
import datetime
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from awaitify.analysis.knowledge.finder import ModuleFinder
from awaitify.analysis.knowledge.modules import Function, Module, dotted_text

MAX_FUNCTIONS = 120
MAX_DOUBTFUL = 40  # functions looked at in all once one is in doubt
MAX_DEPTH = 8
MAX_HOPS = 6
Verdict = tuple[str, str]  # kind, note
Place = tuple[Module, str]  # where something is defined: "f", "C" or "C.m"
Step = tuple[str, str, Place | None]  # kind ("" for nothing to say), what it is about, where to go on

_BUILTINS = frozenset(dir(builtins))
_DYNAMIC = frozenset({"builtins.exec", "builtins.eval", "builtins.__import__", "importlib.import_module"})
# Methods that do I/O on so many kinds of objects that an unknown receiver proves nothing.
_GIVEN = "it calls the function that it is given:"
_RISKY = """
read readline readlines readinto write writelines flush recv recv_into send sendall sendto connect accept listen
execute executemany executescript fetchone fetchall fetchmany commit rollback request urlopen open post put fetch
download upload query publish subscribe sleep wait acquire communicate invoke save sendmail scan
read_text read_bytes write_text write_bytes mkdir unlink touch exists is_file is_dir stat iterdir rglob
hash verify
"""
_RISKY_METHODS = frozenset(_RISKY.split())
_PLAIN_TYPES = (
    str,
    bytes,
    bytearray,
    int,
    float,
    list,
    dict,
    set,
    tuple,
    BaseException,
    type(re.compile("")),
    re.Match,
)
#: Those of Decimal that no other kind of object has.
_DECIMAL_METHODS = {"quantize", "to_integral", "to_integral_value", "to_integral_exact", "to_eng_string", "is_nan"}
_PLAIN_KINDS = (*_PLAIN_TYPES, datetime.datetime, datetime.timedelta, deque)
_PLAIN_METHODS = _DECIMAL_METHODS | {name for kind in _PLAIN_KINDS for name in dir(kind)}


class SourceClassifier:
    """Judges functions by their source. search_paths: where packages stand; ruled: the kind that a rule gives a dotted
    name, or None; io_modules: modules whose import alone makes a file suspicious."""

    def __init__(
        self, search_paths: Sequence[Path], ruled: Callable[[str], str | None], io_modules: frozenset[str]
    ) -> None:
        self.finder = ModuleFinder(search_paths)
        self._ruled = ruled
        self._io_modules = io_modules
        self._suspicions: dict[str, str] = {}
        self._verdicts: dict[tuple[str, str], Verdict] = {}

    def classify(self, name: str, path: Path, offset: int | None = None) -> Verdict:
        """The kind and the reason for the definition at this byte of this file: "harmless" only when everything that it
        calls by name is known to be harmless."""
        module = self.finder.of_file(path.resolve())
        if module is None:
            return "unknown", "no Python source (compiled, too large, or outside the search paths)"
        if module.dotted.partition(".")[0] != name.partition(".")[0]:
            return "unknown", "its package is not installed"  # the place is that of the import
        qualified = module.name_at(offset) if offset is not None and path.suffix == ".py" else None
        local = qualified or self._local_name(module, name)
        if not local:
            return "unknown", "its definition was not found in the source"
        key = (module.dotted, local)
        if key not in self._verdicts:
            function = module.function(local)
            is_async = function is not None and function.is_async
            self._verdicts[key] = ("async", "a coroutine in its source") if is_async else self._judge(module, local)
        return self._verdicts[key]

    def _local_name(self, module: Module, name: str) -> str:
        parts = name.split(".")
        for local in (".".join(parts[-2:]), parts[-1]):
            if local in module.classes or module.function(local):
                return local
        return ""

    def _judge(self, module: Module, local: str) -> Verdict:
        queue: deque[tuple[Place, int]] = deque([((module, local), 0)])
        seen = {(module.dotted, local)}
        doubt = ""
        while queue:
            (here, name), depth = queue.popleft()
            for kind, value, place in self._reached(here, name):
                if kind in ("blocks", "cpu"):
                    return kind, f"{here.dotted}.{name} reaches {value}"
                if kind == "unknown":
                    doubt = doubt or f"{here.dotted}.{name}: {value}"
                if place is not None and (place[0].dotted, place[1]) not in seen:
                    seen.add((place[0].dotted, place[1]))
                    queue.append((place, depth + 1))
            if depth > MAX_DEPTH or len(seen) > (MAX_DOUBTFUL if doubt else MAX_FUNCTIONS):
                return "unknown", doubt or f"{module.dotted}.{local} reaches too much to judge"
        return ("unknown", doubt) if doubt else ("harmless", "nothing in its source reaches I/O")

    def _reached(self, module: Module, local: str) -> Iterator[Step]:
        """What one function or class of this module calls."""
        suspicious = self._suspicious(module)
        if suspicious:
            yield "unknown", f"its module imports {suspicious}", None
        name = local.removeprefix("@")  # "@f": f as a decorator, which may call the function that it is given
        if name in module.classes:
            yield from self._constructed(module, name)
            return
        function = module.function(name)
        if function is None:
            yield "unknown", "not found", None
        elif function.is_stub:
            overrides = list(self._of_value(module, function.name)) if function.owner else []
            yield from overrides or [("unknown", "no body in its source", None)]
        else:
            for text, awaited in function.calls:
                for step in self._call(module, function, text, awaited):
                    if name == local or not step[1].startswith(_GIVEN):
                        yield step
            yield from self._around(module, function)

    def _constructed(self, module: Module, name: str) -> Iterator[Step]:
        for method in ("__new__", "__init__", "__post_init__"):
            yield from self._method(module, name, method, ("", "", None))

    def _method(self, module: Module, owner: str, method: str, missing: Step, hops: int = 0) -> Iterator[Step]:
        """A method of a class or of its bases; `missing` when the class and its bases, all known, have none."""
        known = module.classes.get(owner)
        if known is None or hops > MAX_HOPS:
            yield "unknown", f"{owner}.{method} is not found in its source", None
        elif method in known.methods:
            yield "", "", (module, f"{owner}.{method}")
        else:
            steps = [step for base in known.bases for step in self._of_base(module, base, method, missing, hops)]
            yield max(steps, key=_weight, default=missing)

    def _of_base(self, module: Module, base: str, method: str, missing: Step, hops: int) -> Iterator[Step]:
        place, dotted = self._look_up(module, {}, base)
        if place is not None and place[1] in place[0].classes:
            yield from self._method(place[0], place[1], method, missing, hops + 1)
            return
        kind = self._kind(f"{dotted}.{method}") if dotted else "unknown"
        yield _step(kind, f"{base or 'a base'}.{method}")

    def _call(self, module: Module, function: Function, text: str, awaited: bool) -> Iterator[Step]:
        """What one call reaches. text: the dotted text of what is called."""
        head, _, rest = text.partition(".")
        method = text.rpartition(".")[2]
        if not text:
            yield "unknown", "it calls a computed function", None
        elif head == "?":
            yield from self._of_value(module, method)
        elif head in ("self", "cls", "super()") and function.owner and rest and "." not in rest:
            doubt: Step = ("unknown", f"{text} is not found in its source", None)
            if head == "super()":
                bases = module.classes[function.owner].bases
                yield from (step for base in bases for step in self._of_base(module, base, method, ("", "", None), 0))
            else:
                yield from self._method(module, function.owner, method, doubt)
        elif head in function.nested and not rest:
            return  # its calls are counted as those of the function around it
        elif head in (function.parameters | function.locals | function.nested) - set(function.imports):
            yield from self._of_local(module, function, text)
        else:
            yield from self._of_name(module, function.imports, text, awaited)

    def _of_local(self, module: Module, function: Function, text: str) -> Iterator[Step]:
        if "." in text:
            own = function.owner if text.partition(".")[0] in ("self", "cls") else ""
            yield from self._of_value(module, text.rpartition(".")[2], own)
        elif text == "cls" and function.owner:
            yield "", "", (module, function.owner)
        else:
            yield "unknown", f"{_GIVEN} {text}", None

    def _of_name(self, module: Module, imports: dict[str, str], text: str, awaited: bool) -> Iterator[Step]:
        place, dotted = self._look_up(module, imports, text)
        head, _, rest = text.partition(".")
        if place is not None:
            yield "", "", place
        elif dotted and not (awaited and self._kind(dotted) == "async"):
            yield _step(self._kind(dotted), dotted)
        elif not dotted and rest and (head in module.assigned or head in module.classes or head in imports):
            yield from self._of_value(module, text.rpartition(".")[2])
        elif not dotted and not (rest and head in module.imports):
            yield "unknown", f"it calls {text}, which is a value", None

    def _around(self, module: Module, function: Function) -> Iterator[Step]:
        """What the decorators of a function do, and the functions that it passes on to others."""
        for text in function.decorators:
            steps = self._of_name(module, {}, text, False) if text else iter([("unknown", "a decorator", None)])
            for kind, value, place in steps:
                if not text.endswith((".setter", ".getter", ".deleter", ".register")):
                    yield kind, value, (place[0], f"@{place[1]}") if place else None
        for text in function.passed:
            if text.partition(".")[0] in function.parameters | function.locals | function.nested | {"self", "cls", "?"}:
                continue
            place, dotted = self._look_up(module, function.imports, text)
            if place is not None and place[1] not in place[0].classes:
                yield "", "", place
            elif place is None and dotted and self._kind(dotted) != "unknown":
                yield _step(self._kind(dotted), dotted)

    def _of_value(self, module: Module, method: str, own: str = "") -> Iterator[Step]:
        """A method of a value of unknown type: judged by its name, and by every method of that name in this module that
        has a body. A name that is neither there nor one of plain values' proves nothing. own: the class whose attribute
        the value is: that class may hand a call on under the same name (`self._store.get(key)` in `get`)."""
        owners = [item.name for item in module.classes.values() if method in item.methods]
        methods = [(name, module.function(f"{name}.{method}")) for name in owners]
        found = [(name, function) for name, function in methods if function is not None]
        written = [name for name, function in found if not function.is_stub]
        is_plain = method in _PLAIN_METHODS and len(written) == len(found)  # no abstract one that others implement
        known = is_plain or any(name != own for name in written)
        if method in _RISKY_METHODS or not known:
            yield "unknown", f"it calls .{method}() on a value of unknown type", None
        for name in written:
            yield "", "", (module, f"{name}.{method}")

    def _look_up(self, module: Module, imports: dict[str, str], text: str) -> tuple[Place | None, str]:
        """The place that a dotted text means, when its source is known and no rule is; else its absolute dotted name,
        empty when it is a value of the module."""
        head, _, rest = text.partition(".")
        target = imports.get(head) or module.imports.get(head)
        if head in module.classes or head in module.functions:
            return ((module, text), "") if _defines(module, text) else (None, "")
        if target is None:
            if head in module.assigned:
                alias = dotted_text(module.assigned[head])
                known = alias and not rest and alias.partition(".")[0] not in (head, "super()")
                return self._look_up(module, imports, alias) if known else (None, "")
            return None, f"builtins.{text}" if head in _BUILTINS else self._starred(module, text)
        return self._place(f"{target}.{rest}" if rest else target)

    def _starred(self, module: Module, text: str) -> str:
        return next((f"{star}.{text}" for star in module.stars), "")

    def _place(self, dotted: str, hops: int = 0) -> tuple[Place | None, str]:
        if self._ruled(dotted) is not None or hops > MAX_HOPS:
            return None, dotted
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module = self.finder.named(".".join(parts[:cut]))
            if module is None:
                continue
            head, local = parts[cut], ".".join(parts[cut:])
            if _defines(module, local):
                return (module, local), ""
            if head in module.imports and module.imports[head] != dotted:
                return self._place(".".join([module.imports[head], *parts[cut + 1 :]]), hops + 1)
            return None, dotted if head not in module.assigned else ""
        return None, dotted

    def _kind(self, dotted: str) -> str:
        if dotted in _DYNAMIC:
            return "unknown"
        return self._ruled(dotted) or "unknown"

    def _suspicious(self, module: Module) -> str:
        """A name that the module imports and that only I/O needs."""
        if module.dotted not in self._suspicions:
            found = (name for name in sorted(module.imported) if self._is_io(name))
            self._suspicions[module.dotted] = next(found, "")
        return self._suspicions[module.dotted]

    def _is_io(self, imported: str) -> bool:
        parts = imported.split(".")
        return any(".".join(parts[:count]) in self._io_modules for count in range(1, len(parts) + 1))


def _defines(module: Module, local: str) -> bool:
    return local in module.classes or local in module.functions or module.function(local) is not None


def _weight(step: Step) -> int:
    """Which of several bases' answers counts: a definition, then I/O, then nothing to say, then a doubt."""
    kind, _, place = step
    return 3 if place else 2 if kind in ("blocks", "cpu") else 1 if not kind else 0


def _step(kind: str, value: str) -> Step:
    """The effect of calling something that a rule speaks about."""
    if kind in ("blocks", "session", "connection"):
        return "blocks", value, None
    if kind == "cpu":
        return "cpu", value, None
    if kind in ("harmless", "builder"):
        return "", "", None
    return "unknown", f"it calls {value}", None
