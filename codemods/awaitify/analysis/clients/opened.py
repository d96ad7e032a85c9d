"""Clients whose async form has to be opened: what is read of them, parts of their answers, and who may enter them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tree_sitter import Node

from awaitify.analysis.calls import Resolution
from awaitify.analysis.clients.holders import Escape
from awaitify.analysis.clients.model import Component, Holder, Perms, Seed, Use
from awaitify.analysis.clients.sessions import SessionsOfClients, binds
from awaitify.analysis.effects import Effects
from awaitify.analysis.knowledge.forms import PART, Client, Form
from awaitify.plan_model import Reason
from awaitify.project.index import Call, File, ancestors, text_of
from awaitify.project.nodes import with_of

APP = "fastapi.applications.FastAPI"
UPLOAD = "starlette.datastructures.UploadFile"
UPLOADS = {UPLOAD, "fastapi.datastructures.UploadFile"}
IN_MEMORY = {"_io.BytesIO", "io.BytesIO"}
FILES = ("_io.Buffered", "_io.TextIOWrapper", "_io.FileIO", "_io._Wrapped", "tempfile.", "typing.IO", "typing.BinaryIO")
STREAMING = "starlette.responses.StreamingResponse"


@dataclass(frozen=True, slots=True)
class Home:
    """Where the module with the async clients is put: the parts of a package, and its folder."""

    parts: tuple[str, ...]
    folder: Path

    @property
    def package(self) -> str:
        """Dotted, with a final dot when it is not the top."""
        return "".join(f"{part}." for part in self.parts)

    def path(self, module: str) -> Path:
        """The file of the module."""
        return self.folder / f"{module}.py"


def find_home(resolution: Resolution, made: Iterable[tuple[Call, Client]]) -> Home | None:
    """The package that the application and all files with clients share; else the one that these files share. None
    when there is none, or when something else has the module's name."""
    opened = [(call, client) for call, client in made if client.module]
    files = list(dict.fromkeys(call.file for call, _ in opened))
    apps = [call.file for file in resolution.project.files if not file.is_test for call in file.calls
            if any(target.name == APP for target in resolution.targets.get(call, ()))]  # fmt: skip
    if not files:
        return None
    own = _shared([_package(file) for file in files])
    both = _shared([own, *map(_package, apps)]) if apps else own
    parts = both or own
    above = len(_package(files[0])) - len(parts)
    home = Home(parts, [files[0].path.parent, *files[0].path.parent.parents][above])
    if not parts and any(_package(file) for file in files):
        return None
    for _, client in opened:
        file = resolution.project.by_path.get(home.path(client.module))
        if file is not None and f"class {client.becomes.rpartition('.')[2]}".encode() not in file.source.text:
            return None
    return home


def _package(file: File) -> tuple[str, ...]:
    parts = tuple(file.module.split("."))
    return parts if file.path.name == "__init__.py" else parts[:-1]


def _shared(packages: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    found = packages[0]
    for package in packages[1:]:
        length = next((i for i, (a, b) in enumerate(zip(found, package, strict=False)) if a != b), None)
        found = found[: min(len(found), len(package)) if length is None else length]
    return found


def fitted(client: Client, home: Home | None, library: str) -> Client:
    """The client as the project will import it. library: the value of the setting."""
    if not client.module or home is None:
        return client
    types = tuple((old, home.package + new) for old, new in client.types)
    lacks = client.lacks if library and library != client.requires[0] else ()
    return replace(client, becomes=home.package + client.becomes, types=types, lacks=lacks)


@dataclass(eq=False)
class Opened(SessionsOfClients):
    """Steps of the walk over clients that are opened."""

    def of_opened(self, node: Node, parent: Node, file: File, perms: Perms) -> None:
        """An attribute that is not called: `client.exceptions`, `bucket.objects`, `item.key`."""
        name = text_of(parent.child_by_field_name("attribute") or parent)
        tables = [dict(seed.client.attributes) for seed in self.component.seeds]
        uses = next((table[name] for table in tables if name in table), None)
        if uses is None:
            raise Escape(node, f"{text_of(parent)[:50]}: its async form is not known")
        if "handle" in perms:
            self.component.uses.append(Use("open", node, file, self.references.function_at(node)))
        if uses:
            self.visit(parent, file, frozenset(uses))

    def part(self, node: Node, key: Node | None, whole: Node, file: File, perms: Perms) -> None:
        """`answer[key]` or `answer.get(key)`: plain data, except under the keys of streams."""
        if key is None or key.type != "string":
            raise Escape(node, f"{text_of(whole)[:50]}: the key is not written out")
        if PART + text_of(key).strip("\"'") in perms:
            self.visit(whole, file, frozenset({"methods", "for"}))

    def check_files(self, call: Call, form: Form, file: File) -> None:
        """Files that the async form would read on the event loop."""
        for name in (*form.memory, *form.file):
            value = argument_at(call, name)
            if value is None:
                continue
            classes = self.resolution.class_names(file, value)
            if name in form.file and classes and classes <= IN_MEMORY:
                continue
            owner = value.child_by_field_name("object") if value.type == "attribute" else None
            is_upload = owner is not None and bool(self.resolution.class_names(file, owner) & UPLOADS)
            if is_upload and text_of(value).endswith(".file") and name in form.file:
                self.component.uses.append(Use("upload", value, file, call.function, call))
            elif is_upload or name in form.file or any(item.startswith(FILES) for item in classes):
                raise Escape(value, f"{text_of(value)[:50]} may be a file, which the event loop would wait for")

    def is_loop_target(self, node: Node, loop: Node) -> bool:
        """Whether a name is what a loop over a collection binds."""
        right = loop.child_by_field_name("right")
        call = self.calls.get(right.id) if right is not None and loop.child_by_field_name("left") == node else None
        targets = self.resolution.targets.get(call, ()) if call is not None else ()
        forms = [self.knowledge.form(target.name) for target in targets]
        return bool(forms) and all(form is not None and "items" in form.result for form in forms)

    def looped(self, target: Node | None, file: File, perms: Perms) -> None:
        """What a loop over a collection gives is used as the collection's members may be."""
        if "items" not in perms:
            return
        function = self.references.function_at(target) if target is not None else None
        if target is None or target.type != "identifier" or function is None:
            raise Escape(target or self.component.seeds[0].call.node, "a collection is looped over in another way")
        self.hold(Holder("variable", text_of(target), file, function), frozenset({"methods", "attributes"}))


def has_parts(perms: Perms) -> bool:
    """Whether a value is an answer, of which some parts are streams."""
    return any(item.startswith(PART) for item in perms)


def argument_at(call: Call, name: str) -> Node | None:
    """The value of an argument, by keyword; `name` may be "Fileobj:0", where it stands when it has no keyword."""
    word, _, place = name.partition(":")
    positional = [item for item in call.arguments if item.type != "keyword_argument"]
    for item in call.arguments:
        if item.type == "keyword_argument" and text_of(item.named_children[0]) == word:
            return item.child_by_field_name("value")
    return positional[int(place)] if place and len(positional) > int(place) else None


def not_opened(component: Component, home: Home | None, library: str, defaults: Reason | None = None) -> Reason | None:
    """Why clients that have to be opened stay as they are."""
    first = next((seed for seed in component.seeds if seed.client.module), None)
    if first is None:
        return None
    place = (first.call.file.source.relative, first.call.line)
    if library == "to_thread":
        return Reason("client", 'the setting is "to_thread"', *place)
    if home is None:
        return Reason("client", "no package holds the files with clients and the application", *place)
    if defaults is not None:
        return defaults
    if not component.waiting():
        return Reason("client", "nothing waits for it", *place)
    return None


def shared_defaults(effects: Effects) -> Reason | None:
    """Where the project changes the defaults of every sync client, which the async ones would not have."""
    libraries = effects.knowledge.libraries()
    defaults = {name for library in libraries for client in library.clients for name in client.defaults}
    for call in effects.by_call if defaults else ():
        if any(target.name in defaults for target in effects.resolution.targets.get(call, ())):
            place = (call.file.source.relative, call.line)
            return Reason("client", f"{text_of(call.callee)} changes the defaults of all clients", *place)
    for file in effects.resolution.project.files if defaults else ():
        used = next((name for name in sorted(defaults) if name.encode() in file.source.text), "")
        if used:
            return Reason("client", f"{used} changes the defaults of all clients", file.source.relative)
    return None


def thread_blocks(effects: Effects) -> list[tuple[Call, Node]]:
    """The `with` statements over something that blocks, which go to a thread as a whole, each with the call."""
    calls = [call for call, effect in effects.by_call.items() if effect.kind == "bridge" and call.function is not None]
    return [(call, block) for call in calls if (block := with_of(call.node)) is not None]


def settle_opened(component: Component, blocks: Sequence[tuple[Call, Node]]) -> None:
    """Decides whether each client is entered where it is made. blocks: those that go to a thread, where no client may
    be waited for."""
    if any(seed.client.module for seed in component.seeds) and component.problem is None:
        component.is_entered = all(_is_local(seed, component) for seed in component.seeds)
        if component.is_entered:
            component.uses = [_inside(use) for use in component.uses if use.how != "open"]
    others = [(call, block) for call, block in blocks if call.node.id not in component.tracked]
    for use in component.waiting():
        for call, block in others:
            inside = block.start_byte <= use.node.start_byte < block.end_byte
            if use.function is call.function and inside and component.problem is None:
                place = (use.file.source.relative, use.node.start_point[0] + 1)
                component.problem = Reason(
                    "client", "it is used in a block over a file, which goes to a thread", *place
                )


def _inside(use: Use) -> Use:
    """A use on what is open: nothing has to be opened, and what it gives has to be awaited."""
    if use.form is not None and use.form.inside == "await" and use.how == "plain":
        return replace(use, how="await")
    return use


def _is_local(seed: Seed, component: Component) -> bool:
    """Whether a client is a variable of one function, of one block of it, and of nothing else."""
    assignment, function = seed.call.node.parent, seed.call.function
    statement = assignment.parent if assignment is not None and assignment.type == "assignment" else None
    block = statement.parent if statement is not None else None
    if assignment is None or statement is None or block is None or block.type != "block" or function is None:
        return False
    left = assignment.child_by_field_name("left")
    if left is None or left.type != "identifier":
        return False
    holders = {holder for holder in component.holders if holder.kind != "variable" or holder.function is not function}
    if holders or any(use.how == "stream" for use in component.uses):
        return False
    for reference in component.references:
        is_own = reference.holder.name == text_of(left)
        if is_own and (reference.function is not function or not _is_after(reference.node, assignment, block)):
            return False
    return True


def _is_after(node: Node, assignment: Node, block: Node) -> bool:
    """Whether a reference stands in a block behind an assignment (or is what it binds)."""
    if node == assignment.child_by_field_name("left"):
        return True
    return not binds(node) and assignment.end_byte <= node.start_byte < block.end_byte and block in ancestors(node)
