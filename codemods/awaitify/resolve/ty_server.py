"""ty as a language server: which definition a name means, what type it has, what is wrong in a file."""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from awaitify.resolve.environment import bare_environment
from awaitify.resolve.locations import Location, Locator
from awaitify.resolve.model import Diagnostic, Point, ResolveError, Target, VirtualFile
from awaitify.resolve.positions import VirtualText, word_at
from awaitify.resolve.session import Request, Session

_HOPS = 5
_DEFINITION = "textDocument/definition"
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
        self._root = root.resolve()
        self._files: dict[Path, VirtualText] = {}
        self._versions: dict[Path, int] = {}
        roots = [path.resolve() for path in source_roots] or [self._root]
        self._locator = Locator(self._root, [*roots, *stubs], self._files)
        self._folder = Path(tempfile.mkdtemp(prefix="awaitify-ty-"))
        settings = _settings(roots, python or bare_environment(self._folder / "environment"), stubs)
        (self._folder / "ty.toml").write_text(settings, encoding="utf-8")
        self._session = Session(
            command or [_executable(), "server"],
            self._root,
            _child_environment(self._folder),
            _initialize(self._root, self._folder / "ty.toml"),
            self._reopen,
            timeout,
        )

    def open(self, files: Iterable[VirtualFile]) -> None:
        """Shows files to ty. The path must exist on disk for other files to import it."""
        for file in files:
            text = VirtualText(file)
            known = self._files.get(file.path)
            self._files[file.path] = text
            if known is None:
                self._did_open(self._session, file.path, text)
            elif known.text != text.text:
                self._did_change(file.path, text)

    def definitions(self, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        """Where the name at each point is defined; see Oracle."""
        return self._targets(_DEFINITION, points)

    def types(self, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        """The classes of the value at each point; see Oracle. Unknown is ()."""
        found = self._targets("textDocument/typeDefinition", points)
        return [tuple(item for item in targets if not item.name.startswith(_UNKNOWN_TYPES)) for targets in found]

    def hovers(self, points: Sequence[Point]) -> list[str]:
        """The type at each point as plain text; see Oracle."""
        answers = self._ask("textDocument/hover", points)
        return [_hover_text(answer) for answer in answers]

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
        shutil.rmtree(self._folder, ignore_errors=True)

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
        requests = [self._request(method, point) for point in points]
        results = self._session.ask(requests)
        empty = [index for index, result in enumerate(results) if not result]
        for index, result in zip(empty, self._session.ask([requests[index] for index in empty]), strict=True):
            results[index] = result
        return results

    def _request(self, method: str, point: Point) -> Request:
        line, column = self._text(point.path).position(point.offset)
        return method, {
            "textDocument": {"uri": point.path.as_uri()},
            "position": {"line": line, "character": column},
        }

    def _targets(self, method: str, points: Sequence[Point]) -> list[tuple[Target, ...]]:
        words = [word_at(self._text(point.path).original, point.offset) for point in points]
        located = [
            [_location(item, word) for item in _as_list(answer)]
            for answer, word in zip(self._ask(method, points), words, strict=True)
        ]
        named = self._locator.name(located)
        self._follow_imports(named)
        return [_distinct(targets) for targets in named]

    def _follow_imports(self, named: list[list[Target]]) -> None:
        """Replaces answers that are a name in an import statement by what that name means, in place.

        One that leads nowhere (its module is not installed) stays, as kind unknown with the imported dotted name.
        """
        dead: set[Target] = set()
        for _ in range(_HOPS):
            imports = {item for targets in named for item in targets if item.kind == "import"} - dead
            asked = [item for item in imports if item.path in self._files]
            if not asked:
                break
            answers = self._ask(_DEFINITION, [Point(item.path, item.offset) for item in asked if item.path])
            located = [[_location(answer, "") for answer in _as_list(result)] for result in answers]
            means = dict(zip(asked, self._locator.name(located), strict=True))
            dead |= {item for item, found in means.items() if not found or item in found}
            for targets in named:
                targets[:] = [
                    new for old in targets for new in (means[old] if old in means and old not in dead else [old])
                ]
        for targets in named:
            targets[:] = [
                replace(item, kind="unknown", in_project=False) if item.kind == "import" else item for item in targets
            ]


def _distinct(targets: list[Target]) -> tuple[Target, ...]:
    """One target a name (of overloads the last, which is the implementation), the constructors of a class that is there
    left out; calling a class therefore gives the class."""
    by_name = {target.name: target for target in targets}
    classes = {target.name for target in targets if target.kind == "class"}
    dunders = {f"{name}.{method}" for name in classes for method in ("__init__", "__new__")}
    return tuple(target for name, target in by_name.items() if name not in dunders)


def _as_list(answer: Any) -> list[Any]:
    if not answer:
        return []
    return answer if isinstance(answer, list) else [answer]


def _location(item: dict[str, Any], word: str) -> Location:
    """A Location or LocationLink of the protocol."""
    uri = item.get("targetUri") or item["uri"]
    selection = item.get("targetSelectionRange") or item["range"]
    whole = item.get("targetRange") or selection
    parts = urlsplit(uri)
    path = Path(url2pathname(unquote(parts.path)) if os.name == "nt" else unquote(parts.path))
    return Location(
        path=path,
        readable=parts.scheme == "file",
        line=selection["start"]["line"],
        column=selection["start"]["character"],
        size=max(0, selection["end"]["character"] - selection["start"]["character"]),
        is_module=selection["start"] == selection["end"] and whole["start"] == whole["end"],
        word=word,
    )


def _hover_text(answer: Any) -> str:
    contents = (answer or {}).get("contents", "")
    if isinstance(contents, dict):
        return str(contents.get("value", ""))
    return contents if isinstance(contents, str) else "\n".join(map(str, contents))


def _executable() -> str:
    """The ty that is installed beside awaitify, else the one on PATH."""
    name = "ty.exe" if os.name == "nt" else "ty"
    beside = Path(sysconfig.get_path("scripts")) / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if not found:
        raise ResolveError("the type checker ty is not installed: reinstall awaitify, or `pip install ty`")
    return found


def _settings(roots: Sequence[Path], python: Path, stubs: Sequence[Path]) -> str:
    """A ty.toml. A configuration file, since settings given inline are mixed with the target's own."""
    values: dict[str, object] = {
        "python": str(python),
        "root": [str(path) for path in roots],
        "extra-paths": [str(path) for path in stubs],
    }
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(["[environment]", *lines, "[rules]", 'unused-awaitable = "warn"', ""])


def _child_environment(folder: Path) -> dict[str, str]:
    """The environment without what would change ty's answers from outside."""
    dropped = {"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYTHONPATH", "XDG_CONFIG_HOME"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("TY_")}
    return {**kept, "XDG_CONFIG_HOME": str(folder), "TY_LOG": "error"}


def _initialize(root: Path, settings: Path) -> dict[str, Any]:
    links = {"linkSupport": True}
    return {
        "processId": os.getpid(),
        "rootUri": root.as_uri(),
        "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
        "initializationOptions": {"configurationFile": str(settings)},
        "capabilities": {
            "general": {"positionEncodings": ["utf-8"]},
            "workspace": {"workspaceFolders": True},
            # pulled diagnostics: without this ty computes and sends those of every file that opens
            "textDocument": {"diagnostic": {}, "definition": links, "typeDefinition": links},
        },
    }
