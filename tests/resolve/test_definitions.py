"""What names mean, asked of the real ty on tiny projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awaitify.resolve.model import Insertion, Point, VirtualFile
from awaitify.resolve.ty_server import TyServer

CRUD = {
    "app/__init__.py": "",
    "app/crud/__init__.py": "from .crud_user import user\nfrom .crud_user import CRUDUser as Users, helper as h\n",
    "app/crud/base.py": (
        "from typing import Generic, TypeVar\nT = TypeVar('T')\n\n\nclass Base(Generic[T]):\n"
        "    def __init__(self, model: type[T]) -> None:\n        self.model = model\n\n"
        "    def get(self, key: int) -> T: ...\n"
    ),
    "app/models.py": "class User:\n    def save(self) -> None: ...\n",
    "app/crud/crud_user.py": (
        "from app.crud.base import Base\nfrom app.models import User\n\n\n"
        "class CRUDUser(Base[User]):\n    pass\n\n\ndef helper(): ...\n\n\nuser = CRUDUser(User)\n"
    ),
}


def test_call_through_a_reexport_means_the_function(project: Any) -> None:
    project.write({**CRUD, "app/main.py": "from app import crud\nfrom app.crud import h, Users\nh()\nUsers(int)\n"})
    assert project.names("app/main.py", "h()") == ["app.crud.crud_user.helper"]
    assert project.names("app/main.py", "Users(") == ["app.crud.crud_user.CRUDUser"]


def test_method_through_inheritance_and_generics(project: Any) -> None:
    project.write({**CRUD, "app/main.py": "from app import crud\ncrud.user.get(1).save()\n"})
    get, save = project.server.definitions(
        [project.point("app/main.py", "user.get", "get"), project.point("app/main.py", ".save", "save")]
    )
    assert [target.name for target in get + save] == ["app.crud.base.Base.get", "app.models.User.save"]
    assert get[0].kind == "function" and get[0].in_project
    assert get[0].path == project.path("app/crud/base.py")
    assert get[0].offset == project.offset("app/crud/base.py", "get(self")


def test_class_call_means_the_class_not_its_constructor(project: Any) -> None:
    project.write({**CRUD, "app/main.py": "from app.crud.base import Base\nBase(int)\n"})
    (targets,) = project.server.definitions([project.point("app/main.py", "Base(int)")])
    assert [(target.name, target.kind) for target in targets] == [("app.crud.base.Base", "class")]


def test_modules_variables_parameters_and_locals_have_names(project: Any) -> None:
    text = (
        "import app.models as models\nLIMIT = 3\n\n\ndef read(db, *rest, key=None):\n    found = db\n"
        "    print(found, key, LIMIT)\n    class Inner:\n        def go(self):\n            self.state = 1\n"
        "            return self.state\n"
        "    return models, Inner().go(), lambda item: item\n"
    )
    project.write({**CRUD, "app/main.py": text})
    points = [
        project.point("app/main.py", marker, word)
        for marker, word in (
            ("= db", "db"),
            ("(found", "found"),
            ("key, L", "key"),
            ("LIMIT)", "LIMIT"),
            ("models, I", "models"),
            (").go()", "go"),
            ("return self.state", "state"),
            (": item\n", "item"),
        )
    ]
    found = [[(target.name, target.kind) for target in targets] for targets in project.server.definitions(points)]
    assert found == [
        [("app.main.read.<locals>.db", "parameter")],
        [("app.main.read.<locals>.found", "variable")],
        [("app.main.read.<locals>.key", "parameter")],
        [("app.main.LIMIT", "variable")],
        [("app.models", "module")],
        [("app.main.read.<locals>.Inner.go", "function")],
        [("app.main.read.<locals>.Inner.state", "variable")],
        [("app.main.read.<locals>.<lambda>.<locals>.item", "parameter")],
    ]


def test_library_names(project: Any) -> None:
    text = (
        "import json, os, time\nimport httpx\nfrom sqlalchemy import create_engine\n"
        "from sqlalchemy.orm import Session, sessionmaker\nMake = sessionmaker(create_engine('sqlite://'))\n\n\n"
        "def f(db: Session):\n    db.query(int).all()\n    time.sleep(1)\n    httpx.get('x')\n    json.dumps(1)\n"
        "    os.getcwd()\n    open('x').read()\n    Make()\n"
    )
    project.write({"main.py": text})
    assert project.names("main.py", "db.query", "query") == ["sqlalchemy.orm.session.Session.query"]
    assert project.names("main.py", ".all", "all") == ["sqlalchemy.orm.query.Query.all"]
    assert project.names("main.py", "time.sleep", "sleep") == ["time.sleep"]
    assert project.names("main.py", "httpx.get", "get") == ["httpx._api.get"]
    assert project.names("main.py", "json.dumps", "dumps") == ["json.dumps"]
    assert project.names("main.py", "open('x')") == ["builtins.open"]
    assert project.names("main.py", "    Make()", "Make") == [
        "main.Make",
        "sqlalchemy.orm.session.sessionmaker.__call__",
    ]
    (targets,) = project.server.definitions([project.point("main.py", "db.query", "query")])
    assert not targets[0].in_project and targets[0].path is not None


def test_import_of_a_missing_package_keeps_its_dotted_name(project: Any) -> None:
    text = "from nowhere.sub import client as c\nfrom .gone import thing\nc()\nthing()\n"
    project.write({"app/__init__.py": "", "app/main.py": text})
    points = [project.point("app/main.py", "c()\n"), project.point("app/main.py", "thing()")]
    found = [[(item.name, item.kind, item.in_project) for item in each] for each in project.server.definitions(points)]
    assert found == [[("nowhere.sub.client", "unknown", False)], [("app.gone.thing", "unknown", False)]]


def test_unresolved_receiver_is_empty(project: Any) -> None:
    project.write({"main.py": "def f(thing):\n    thing.go()\n"})
    point = project.point("main.py", "thing.go", "go")
    assert project.server.definitions([point]) == [()]
    assert project.server.types([point]) == [()]
    assert project.server.definitions([]) == []


def test_virtual_annotation_resolves_and_offsets_are_original(project: Any) -> None:
    text = "é = 'ü'; fs = []\n\n\ndef f(a, db, b=lambda db: 1):\n    db.go(); g(db)\n\n\ndef g(x): ...\n"
    project.write({**CRUD, "app/main.py": text})
    end = project.offset("app/main.py", "db, b", len("db"))
    project.show(
        "app/main.py", Insertion(end, ': "_virtual_db"'), appended="from app.models import User as _virtual_db"
    )
    point = project.point("app/main.py", "    db.go", "db")
    (targets,), (types,) = project.server.definitions([point]), project.server.types([point])
    assert [(item.name, item.offset) for item in targets] == [("app.main.f.<locals>.db", end - 2)]
    assert [item.name for item in types] == ["app.models.User"]
    assert project.server.hovers([point]) == ["User"]
    (after,) = project.server.definitions([project.point("app/main.py", "g(db)")])
    assert [(item.name, item.offset) for item in after] == [("app.main.g", project.offset("app/main.py", "g(x)"))]


def test_facts_can_be_changed_and_taken_back(project: Any) -> None:
    project.write({**CRUD, "app/main.py": "def f(db):\n    db.save()\n"})
    assert project.names("app/main.py", "db.save", "save") == []
    project.show("app/main.py", Insertion(8, ': "_U"'), appended="from app.models import User as _U")
    assert project.names("app/main.py", "db.save", "save") == ["app.models.User.save"]
    project.show("app/main.py")
    assert project.names("app/main.py", "db.save", "save") == []


def test_overloads_are_one_target_the_implementation(project: Any) -> None:
    text = (
        "from typing import overload\n@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
        "def f(a):\n    return a\nf(1)\n"
    )
    project.write({"main.py": text})
    (targets,) = project.server.definitions([project.point("main.py", "f(1)")])
    assert [(item.name, item.offset) for item in targets] == [("main.f", project.offset("main.py", "f(a):"))]


def test_diagnostics_are_of_the_shown_text_at_original_lines(project: Any) -> None:
    (project.root / "pyproject.toml").write_text('[tool.ty.rules]\nall = "ignore"\n')
    text = "async def f() -> int:\n    return 1\n\n\nasync def g(x) -> int:\n    f()\n    return f()\n"
    project.write({"main.py": text})
    project.show("main.py", Insertion(text.index("x)") + 1, ': "_x"'), appended="from nowhere import _x")
    found = project.server.diagnostics([project.path("main.py")])
    assert [(item.line, item.rule) for item in found] == [
        (6, "unused-awaitable"),
        (7, "invalid-explicit-return"),
    ]
    assert all("\n" not in item.message and "Coroutine" in item.message for item in found)


def test_stubs_stand_before_the_package(project_at: Callable[..., Any], tmp_path: Path) -> None:
    stub = tmp_path / "stubs" / "httpx-stubs"
    stub.mkdir(parents=True)
    (stub / "__init__.pyi").write_text("def get(url: str) -> int: ...\n")
    (tmp_path / "front" / "wanted").mkdir(parents=True)
    (tmp_path / "front" / "wanted" / "__init__.pyi").write_text("class Client:\n    def put(self) -> None: ...\n")
    project = project_at(stubs=(tmp_path / "front", tmp_path / "stubs"))
    project.write({"main.py": "import httpx, wanted\nhttpx.get('x')\nwanted.Client().put()\n"})
    assert project.names("main.py", ".put", "put") == ["wanted.Client.put"]
    assert [item.name for item in project.server.types([project.point("main.py", "httpx.get", "get")])[0]] == [
        "httpx.get"
    ]


def test_asking_about_a_file_that_is_not_open_is_an_error(project: Any) -> None:
    with pytest.raises(ValueError, match="before it was opened"):
        project.server.definitions([Point(project.path("other.py"), 0)])


def test_own_text_wins_over_the_disk(project: Any) -> None:
    project.write({"main.py": "def f(): ...\nf()\n"})
    project.server.open([VirtualFile(project.path("main.py"), b"\n\ndef g(): ...\ng()\n")])
    (targets,) = project.server.definitions([Point(project.path("main.py"), 15)])
    assert [(item.name, item.offset) for item in targets] == [("main.g", 6)]


def test_import_inside_a_library_leads_to_the_function(project_at: Callable[..., Any], tmp_path: Path) -> None:
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages" / "tool"
    site.mkdir(parents=True)
    (site / "__init__.py").write_text("from .run import run\nfrom .gone import lost\n")
    (site / "run.py").write_text("def run(): ...\n")
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.1\n")
    project = project_at(tmp_path / "env")
    project.write({"main.py": "import collections, tool\ntool.run()\ntool.lost()\ncollections.defaultdict(list)\n"})
    assert project.names("main.py", "tool.run", "run") == ["tool.run.run"]
    assert project.names("main.py", "tool.lost", "lost") == ["tool.gone.lost"]
    assert project.names("main.py", "defaultdict(") == ["collections.defaultdict"]


def test_a_planned_file_can_be_imported_and_changed(project: Any) -> None:
    use = "from app.crud.planned import go, again\nfrom top import there\nfrom app import crud\n"
    project.write({**CRUD, "app/main.py": use + "go()\nagain()\nthere()\ncrud.user.get(1)\n"})
    assert project.names("app/main.py", "go()") == ["app.crud.planned.go"]
    path, top = project.path("app/crud/planned.py"), project.path("top.py")
    project.server.open([VirtualFile(path, b"def go(): ...\n"), VirtualFile(top, b"def there(): ...\n")])
    (targets,) = project.server.definitions([project.point("app/main.py", "go()")])
    assert [(item.name, item.kind, item.path, item.offset) for item in targets] == [
        ("app.crud.planned.go", "function", path, 4)
    ]
    assert project.server.definitions([project.point("app/main.py", "there()")])[0][0].kind == "function"
    assert project.names("app/main.py", "user.get", "get") == ["app.crud.base.Base.get"]
    project.server.open([VirtualFile(path, b"\ndef again(): ...\n")])
    (targets,) = project.server.definitions([project.point("app/main.py", "again()")])
    assert [(item.kind, item.offset) for item in targets] == [("function", 5)]
    assert not path.exists()
    assert {item.message for item in project.server.diagnostics([project.path("app/main.py")])} == {
        "Module `app.crud.planned` has no member `go`"
    }


def test_a_root_behind_a_link_keeps_the_paths_that_were_opened(tmp_path: Path) -> None:
    (tmp_path / "real" / "app").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    root = tmp_path / "link"
    texts = {root / "app" / "one.py": b"def go(): ...\n", root / "app" / "two.py": b"from app.one import go\ngo()\n"}
    for path, text in texts.items():
        path.write_bytes(text)
    with TyServer(root, [root], None) as server:
        server.open(VirtualFile(path, text) for path, text in texts.items())
        (targets,) = server.definitions([Point(root / "app" / "two.py", 23)])
    assert [(item.name, item.path, item.in_project) for item in targets] == [
        ("app.one.go", root / "app" / "one.py", True)
    ]


def test_names_are_not_remembered_across_a_change_of_facts(project: Any) -> None:
    project.write({**CRUD, "app/main.py": "def f(db): aaa = 1; bbb = 2; print(aaa, bbb)\n"})
    points = [project.point("app/main.py", "aaa, "), project.point("app/main.py", "bbb)")]
    before = project.server.definitions(points)
    # the virtual text moves each name to where the next one was
    project.show("app/main.py", Insertion(8, ': "_Vir1"'), appended="from app.models import User as _Vir1")
    assert project.server.definitions(points) == before
    assert [targets[0].name for targets in before] == ["app.main.f.<locals>.aaa", "app.main.f.<locals>.bbb"]
