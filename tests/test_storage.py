"""Files of data sets: local ones, and remote ones by way of fsspec's file system in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.registry import _registry

from screening import storage
from screening.engines.local import Local
from screening.errors import InputError, OutputError, UsageError
from screening.intake.parts import Reading, open_part, parts_of
from screening.storage import Folder, at_hand, files, filesystem, is_set, sha256, would_hold


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()


def test_files_of_a_folder_a_glob_and_a_file(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "deep/c.csv", "_SUCCESS", ".hidden", "_temporary/d.csv", "deep/.crc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    at = str(tmp_path)
    assert files(at) == [f"{at}/a.csv", f"{at}/b.csv", f"{at}/deep/c.csv"]
    assert files(f"{at}/*.csv") == [f"{at}/a.csv", f"{at}/b.csv"]
    assert files(f"{at}/**/*.csv")[-1] == f"{at}/deep/c.csv"
    assert files(f"{at}/a.csv") == [f"{at}/a.csv"]
    (tmp_path / "odd[1].csv").write_text("x")  # a name with a bracket is a file before it is a glob
    assert files(f"{at}/odd[1].csv") == [f"{at}/odd[1].csv"]
    assert [is_set(x) for x in (at, f"{at}/*.csv", f"{at}/a.csv", f"{at}/odd[1].csv", "-", "s3://b/x")] == [
        True, True, False, False, False, True,
    ]  # fmt: skip
    for nothing in ("none", "none/*"):
        with pytest.raises(InputError):
            files(f"{at}/{nothing}")


def test_remote_files_and_their_parts(memory: fsspec.AbstractFileSystem) -> None:
    text = "name,id\n" + "".join(f"Acme {n},{n}\n" for n in range(200))
    memory.pipe("/rows/a.csv", text.encode())
    memory.pipe("/rows/deep/b.csv", text.encode())
    memory.pipe("/rows/_SUCCESS", b"")
    assert files("memory://rows") == ["memory:///rows/a.csv", "memory:///rows/deep/b.csv"]
    assert files("memory://rows/*.csv") == ["memory:///rows/a.csv"]
    parts = parts_of("memory:///rows/a.csv", Reading(), 500)
    assert len(parts) > 3
    ids: list[str] = []
    for part in parts:
        with open_part(part, Reading(), 50) as table:
            assert table.info.path == "memory:///rows/a.csv"
            ids += [text for batch in table.batches() for text in batch.ids]
    assert ids == [str(n) for n in range(200)]


@pytest.mark.parametrize(
    ("location", "path", "held"),
    [
        ("rows", "rows/r.csv", True), ("rows/", "rows/deep/r.csv", True), ("rows", "./rows/../rows/r.csv", True),
        ("rows", "rows/_r.csv", False), ("rows", "rows/.r.csv", False), ("rows", "rows.csv", False),
        ("rows", "r.csv", False), ("rows/*.csv", "rows/r.csv", True), ("rows/*.csv", "rows/r.json", False),
        ("rows/*.csv", "rows/deep/r.csv", False), ("*/*.csv", "rows/r.csv", True), ("*.csv", "r.csv", True),
        ("*.csv", "../r.csv", False), ("rows/**/*.csv", "rows/deep/er/r.csv", True), (".", "r.csv", True),
        ("s3://bank/rows", "rows/r.csv", False),
    ],
)  # fmt: skip
def test_a_file_that_would_be_one_of_a_set(workplace: Path, location: str, path: str, held: bool) -> None:
    (workplace / "rows").mkdir()
    assert would_hold(location, path) is held


def test_only_the_bytes_that_are_needed_are_fetched(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe("/x", bytes(range(256)) * 64)
    with at_hand("memory://x", [(0, 16), (1000, 1010)]) as path:
        assert path.stat().st_size == 256 * 64
        assert sha256(path, [(1000, 1010)]) == sha256(path, [(1000, 1010)])
        content = path.read_bytes()
    assert content[:16] == bytes(range(16))
    assert content[16:1000] == bytes(984)
    assert not path.exists()


@pytest.mark.parametrize("remote", [False, True])
def test_a_folder_that_is_written_to(tmp_path: Path, memory: fsspec.AbstractFileSystem, remote: bool) -> None:
    folder = Folder("memory://out/" if remote else f"{tmp_path}/out/")
    assert folder.names("hits") == []
    assert folder.read("hits/a") is None
    folder.write("hits/a", b"one")
    folder.write("hits/b", b"two")
    folder.write("hits/a", b"three")
    assert (folder.names("hits"), folder.read("hits/a")) == (["a", "b"], b"three")
    folder.remove("hits/a")
    folder.remove("hits/a")
    assert folder.names("hits") == ["b"]


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Folder(str(tmp_path / "file")).write("hits/a", b"")


def test_a_storage_whose_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    # fsspec keeps what another test had it load
    monkeypatch.delitem(_registry, "s3", raising=False)
    with pytest.raises(UsageError) as caught:
        files("s3://bucket/rows")
    assert caught.value.advice == 'Install the extra: pip install "screening[s3]".'


def test_what_a_library_raises_is_said_in_plain_words(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of object storage have errors of their own, which are no OSErrors."""

    def out_of_reach(*_: object, **__: object) -> None:
        raise RuntimeError("Cannot connect.\nand a trace")

    for name in ("info", "glob", "find", "pipe_file", "cat_file", "rm_file"):
        monkeypatch.setattr(type(memory), name, out_of_reach)
    for location in ("memory://rows", "memory://rows/*.csv"):
        with pytest.raises(InputError) as caught:
            files(location)
        assert caught.value.message == f"{location} cannot be read: Cannot connect."
    folder = Folder("memory://out")
    for act in (
        lambda: folder.write("a", b""),
        lambda: folder.read("a"),
        lambda: folder.names("hits"),
        lambda: folder.remove("a"),
    ):
        with pytest.raises(OutputError, match=r"memory://out/\w+ cannot be \w+: Cannot connect\."):
            act()
    (part,) = parts_of("memory://rows/a.csv", Reading())
    assert "cannot be read: " in part.problem


class Clock:
    """A clock that stands still between waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(storage.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(storage, "_out_of_reach", {})


@pytest.mark.parametrize("call", ["size", "_open"])
def test_a_store_that_is_out_of_reach_is_waited_for_once(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Azure's library waits 84 seconds for each file: a thousand parts would be a day."""
    clock = Clock(monkeypatch)
    for n in range(100):
        memory.pipe(f"/rows/{n}.csv", b"name\nAcme\n")
    parts = [parts_of(f"memory://rows/{n}.csv", Reading())[0] for n in range(100)]
    real = getattr(type(memory), call)

    def out_of_reach(*_: object, **__: object) -> None:
        clock.now += 84
        raise RuntimeError("Cannot connect to host 127.0.0.1.")

    def read(place: int) -> str:
        try:
            with open_part(parts[place], Reading(), 50) as table:
                return str(sum(len(batch.ids) for batch in table.batches()))
        except InputError as problem:
            return problem.message

    monkeypatch.setattr(type(memory), call, out_of_reach)
    began = clock.now
    said = [read(place) for place in range(100)]
    assert clock.now - began == 84
    assert said[0] == "memory://rows/0.csv cannot be read: Cannot connect to host 127.0.0.1."
    assert said[99] == (
        "memory://rows/99.csv cannot be read: Cannot connect to host 127.0.0.1 "
        "(the storage was out of reach, and was not asked again)."
    )
    monkeypatch.setattr(type(memory), call, real)
    assert "not asked again" in read(5)
    clock.now += storage.AGAIN
    assert [read(place) for place in (0, 99)] == ["1", "1"]


def test_a_file_that_fails_at_once_stands_for_itself(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    memory.pipe("/rows/a.csv", b"x" * (3 << 20))
    for _ in range(3):
        with pytest.raises(FileNotFoundError), at_hand("memory://rows/none.csv"):
            pass
    real = storage._read

    def broken_off(*where: Any) -> Iterator[bytes]:
        for chunk in real(*where):
            clock.now += 30  # a large file may take its time
            yield chunk
        raise OSError("connection reset")

    monkeypatch.setattr(storage, "_read", broken_off)
    with pytest.raises(OSError, match="connection reset"), at_hand("memory://rows/a.csv"):
        pass
    monkeypatch.setattr(storage, "_read", real)
    with at_hand("memory://rows/a.csv") as path:
        assert path.stat().st_size == 3 << 20


def made_by(_: int) -> tuple[int, int]:
    """This process, and the one that made the file system it uses."""
    system, _path = filesystem("memory://x")
    return os.getpid(), system._pid


def test_a_forked_process_makes_its_own_file_system(memory: fsspec.AbstractFileSystem) -> None:
    """Those of object storage have threads and sockets, which do not survive a fork."""
    here, maker = made_by(0)
    assert here == maker
    ((_, found),) = Local(1).map(made_by, [0])
    assert isinstance(found, tuple)
    assert found[0] == found[1] != here
