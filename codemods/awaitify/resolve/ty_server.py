"""ty as a language server: which definition a name means, what type it has, what is wrong in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from awaitify.resolve import launch
from awaitify.resolve.answers import hover_text, locations
from awaitify.resolve.environment import bare_environment
from awaitify.resolve.locations import Locator
from awaitify.resolve.model import Diagnostic, Point, Target, VirtualFile
from awaitify.resolve.overlay import Overlay
from awaitify.resolve.positions import VirtualText, word_at
from awaitify.resolve.session import Request, Session

_HOPS = 5
_CREATED, _CHANGED = 1, 2  # kinds of file events
# `declaration`, not `definition`: the latter leads from stubs to the sources of whatever Python is installed, where the
# name is another (`_collections.defaultdict`), or none, and costs a tenth more
_DEFINITION = "textDocument/declaration"
_UNKNOWN_TYPES = ("ty_extensions.",)  # where ty defines its Unknown, Todo and the like


class TyServer:
    """An Oracle (see there). root: the project; source_roots: where its imports start; python: the prefix of its
    environment, None for none; stubs: folders searched before everything else, in order; timeout: seconds without any
    answer after which ty counts as hanging. The target's own ty settings are ignored. command: for tests."""

    def __init__(
        self,
        root: Path,
        source_roots: Sequence[Path],
        python: Path | None,
        stubs: Sequence[Path] = (),
        timeout: float = 60,
        command: Sequence[str] | None = None,
    ) -> None:
        self._root = root.absolute()  # links stay: answers then have the paths that were opened
        self._files: dict[Path, VirtualText] = {}
        self._versions: dict[Path, int] = {}
        roots = [path.absolute() for path in source_roots] or [self._root]
        self._locator = Locator(self._root, [*roots, *stubs], self._files)
        self._temporary = tempfile.TemporaryDirectory(prefix="awaitify-ty-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self._overlay = Overlay(self._folder.resolve() / "planned", roots)
        python = python or bare_environment(self._folder / "environment")
        settings = launch.settings(roots, python, [self._overlay.folder, *stubs])
        (self._folder / "ty.toml").write_text(settings, encoding="utf-8")
        self._session = Session(
            command or [launch.executable(), "server"],
            self._root,
            launch.child_environment(self._folder),
            launch.initialize(self._root, self._folder / "ty.toml"),
            self._reopen,
            timeout,
        )

    def open(self, files: Iterable[VirtualFile]) -> None:
        """Shows files to ty. One that is not on the disk can be imported too."""
        events: list[dict[str, Any]] = []
        for file in files:
            known = self._files.get(file.path)
            if known is not None and known.file == file:
                continue
            text = VirtualText(file)
            if known is not None and (known.text, known.original) == (text.text, text.original):
                continue
            self._files[file.path] = text
            if stub := self._overlay.show(file.path, text.text):
                events.append({"uri": stub.as_uri(), "type": _CREATED if known is None else _CHANGED})
            if known is None:
                self._did_open(self._session, file.path, text)
            else:
                self._did_change(file.path, text)
        if events:
            self._session.notify("workspace/didChangeWatchedFiles", {"changes": events})

    def definitions(self, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        """Where the name at each point is defined; see Oracle."""
        return self._targets(_DEFINITION, points)

    def types(self, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        """The classes of the value at each point; see Oracle. Unknown is ()."""
        found = self._targets("textDocument/typeDefinition", points)
        return [tuple(item for item in targets if not item.name.startswith(_UNKNOWN_TYPES)) for targets in found]

    def hovers(self, points: Sequence[Point]) -> list[str]:
        """The type at each point as plain text; see Oracle."""
        return [hover_text(answer) for answer in self._ask("textDocument/hover", points)]

    def diagnostics(self, files: Sequence[Path]) -> list[Diagnostic]:
        """What ty finds wrong in open files, those about virtual text left out."""
        requests: list[Request] = [
            ("textDocument/diagnostic", {"textDocument": {"uri": path.as_uri()}, "identifier": "ty"}) for path in files
        ]
        found: list[Diagnostic] = []
        for path, answer in zip(files, self._session.ask(requests), strict=True):
            for item in (answer or {}).get("items", []):
                start = item["range"]["start"]
                line = self._text(path).line(start["line"], start["character"])
                if line is not None and "code" in item:  # one without is a hint, such as an unused name
                    message = item["message"].split("\n\n")[0].strip()
                    found.append(Diagnostic(path, line, str(item["code"]), message))
        return found

    def close(self) -> None:
        """Ends ty and removes its temporary folder."""
        self._session.close()
        self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _text(self, path: Path) -> VirtualText:
        try:
            return self._files[path]
        except KeyError:
            raise ValueError(f"{path} was asked about before it was opened") from None

    def _did_open(self, session: Session, path: Path, text: VirtualText) -> None:
        version = self._versions[path] = self._versions.get(path, 0) + 1
        document = {"uri": path.as_uri(), "languageId": "python", "version": version, "text": text.text.decode()}
        session.notify("textDocument/didOpen", {"textDocument": document})

    def _did_change(self, path: Path, text: VirtualText) -> None:
        version = self._versions[path] = self._versions[path] + 1
        changes = [{"text": text.text.decode()}]
        document = {"uri": path.as_uri(), "version": version}
        self._session.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def _reopen(self, session: Session) -> None:
        for path in self._versions:
            self._did_open(session, path, self._files[path])

    def _ask(self, method: str, points: Sequence[Point]) -> list[Any]:
        """The results; what was null is asked once more at the end."""
        if not points:
            return []
        requests = [self._request(method, point) for point in points]
        results = self._session.ask(requests)
        empty = [index for index, result in enumerate(results) if not result]
        for index, result in zip(empty, self._session.ask([requests[index] for index in empty]), strict=True):
            results[index] = result
        return results

    def _request(self, method: str, point: Point) -> Request:
        line, column = self._locator.text(point.path).position(point.offset)
        return method, {
            "textDocument": {"uri": _uri(point.path)},
            "position": {"line": line, "character": column},
        }

    def _targets(self, method: str, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        if not points:
            return []
        words = [word_at(self._text(point.path).original, point.offset) for point in points]
        answers = zip(self._ask(method, points), words, strict=True)
        named = self._locator.name([locations(answer, self._overlay, word) for answer, word in answers])
        self._follow_imports(named)
        return [_distinct(targets) for targets in named]

    def _follow_imports(self, named: list[list[Target]]) -> None:
        """Replaces answers that are a name in an import statement by what that name means, in place.

        One that leads nowhere (its module is not installed) stays, as kind unknown with the imported dotted name.
        """
        means: dict[Target, list[Target]] = {}
        for _ in range(_HOPS):
            asked = list({item for targets in named for item in targets if item.kind == "import"} - means.keys())
            if not asked:
                break
            answers = self._ask(_DEFINITION, [Point(item.path, item.offset) for item in asked if item.path])
            for item, found in zip(
                asked, self._locator.name([locations(answer, self._overlay) for answer in answers]), strict=True
            ):
                means[item] = found if found and item not in found else [item]
            for targets in named:
                targets[:] = [new for old in targets for new in means.get(old, [old])]
        for targets in named:
            targets[:] = [
                replace(item, kind="unknown", in_project=False) if item.kind == "import" else item for item in targets
            ]


@lru_cache(maxsize=10_000)
def _uri(path: Path) -> str:
    return path.as_uri()


def _distinct(targets: list[Target]) -> tuple[Target, ...]:
    """One target a name (of overloads the last, which is the implementation).

    Calling a class gives the class alone: its constructors and a library metaclass's `__call__` are left out. A module
    is left out beside what has its name in the package (`from .thing import thing`).
    """
    by_name = {target.name: target for target in targets}
    kinds = {target.kind for target in by_name.values()}
    if "class" in kinds:
        classes = {target.name for target in targets if target.kind == "class"}
        dropped = {f"{name}.{method}" for name in classes for method in ("__init__", "__new__")}
        dropped |= {item.name for item in targets if item.name.endswith(".__call__") and not item.in_project}
        by_name = {name: target for name, target in by_name.items() if name not in dropped}
    if kinds - {"module", "unknown"}:
        by_name = {name: target for name, target in by_name.items() if target.kind != "module"}
    return tuple(by_name.values())
