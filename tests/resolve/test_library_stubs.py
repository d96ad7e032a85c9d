"""The stubs that the checker sees before packages whose methods are made at run time."""

from __future__ import annotations

from awaitify.resolve.library_stubs import Stub, write_stubs

CODE = """
class Client:
    meta: str
    def close(self) -> None: ...
    # each [a-z]*: def {name}(self) -> dict[str, int]: ...
    # each [A-Z]*: def {name}(self) -> Client: ...

class Other:
    # each *: def {name}(self) -> None: ...
"""


def test_a_class_has_what_the_project_calls_and_no_method_twice() -> None:
    (folder,) = write_stubs([Stub("acme.client", CODE)], {}, ["put", "close", "Table", "_own", "put", "meta"])
    text = (folder / "acme-stubs" / "client.pyi").read_text()
    client, other = text.split("\n\n")
    assert client.splitlines() == [
        "class Client:", "    meta: str", "    def close(self) -> None: ...",
        "    def put(self) -> dict[str, int]: ...", "    def Table(self) -> Client: ...",
    ]  # fmt: skip
    assert other.count("def close") == other.count("def put") == 1
    assert (folder / "acme-stubs" / "py.typed").read_text() == "partial\n"


def test_names_of_a_stub_package_are_other_names_of_a_class() -> None:
    stub = Stub("acme_types_*", names=(("*Client", "acme.client.Client"),))
    imported = {"acme_types_s3.client": {"S3Client", "Other"}, "json": {"JSONClient"}, "acme_types_sqs": {"Queue"}}
    (folder,) = write_stubs([stub], imported, [])
    found = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.pyi")}
    text = "from acme.client import Client as S3Client\n__all__ = ['S3Client']\n"
    assert found == {"acme_types_s3-stubs/client.pyi": text}


def test_nothing_is_written_for_nothing() -> None:
    assert write_stubs([], {"json": {"loads"}}, ["loads"]) == []
