"""Data sets on object storage as the command line is used: Amazon's, Google's and Azure's, each a server on this machine.

The servers are moto's, gcp-storage-emulator and Azurite. `.ci/run` installs them into an environment of their own.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from screening.storage import Folder
from tests.engines.conftest import csv_rows

# Azurite's own account, which is the same everywhere.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
LISTED = "id,name\n1,Brightwater Optics\n2,Grey Heron Shipping\n"
FILES = 40  # of ten rows each, so that a run has a middle


class Kind(NamedTuple):
    """A storage: the package that fsspec needs, the server's program, and its arguments for a port."""

    package: str
    program: str
    arguments: Callable[[int], list[str]]


KINDS = {
    "s3": Kind("s3fs", "moto_server", lambda port: ["-H", "127.0.0.1", "-p", str(port)]),
    "gs": Kind(
        "gcsfs", "gcp-storage-emulator", lambda port: ["start", "--host", "127.0.0.1", f"--port={port}", "-M"]
    ),
    "abfs": Kind(
        "adlfs",
        "azurite-blob",
        lambda port: [
            *("--blobHost", "127.0.0.1", "--blobPort", str(port)),
            *("--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"),
        ],
    ),
}


def told(scheme: str, port: int, key: str = KEY) -> dict[str, str]:
    """What the environment must say for the libraries to use a server on this machine."""
    at = f"http://127.0.0.1:{port}"
    if scheme == "s3":
        return {
            "AWS_ENDPOINT_URL": at,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    if scheme == "gs":
        return {"STORAGE_EMULATOR_HOST": at, "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}
    parts = (
        ("DefaultEndpointsProtocol", "http"),
        ("AccountName", ACCOUNT),
        ("AccountKey", key),
        ("BlobEndpoint", f"{at}/{ACCOUNT}"),
    )
    return {"AZURE_STORAGE_CONNECTION_STRING": "".join(f"{name}={value};" for name, value in parts)}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Store(NamedTuple):
    """A server with one bucket, "bank". folder: local, with the list."""

    scheme: str
    port: int
    system: Any
    folder: Path

    def url(self, name: str) -> str:
        return f"{self.scheme}://bank/{name}"

    def start(self, rows: str, out: str, *options: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "screening", "screen", rows, "-w", "listed.csv", "-o", out]
        return self._begun([*command, "--fail-on", "never", "--format", "csv", *options], environment)

    def _begun(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        settings = {"SCREENING_CACHE_DIR": str(self.folder / "cache"), **told(self.scheme, self.port)}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | settings | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def screen(self, rows: str, out: str, *options: str, **environment: str) -> str:
        """What a run that ends well prints."""
        process = self.start(rows, out, *options, **environment)
        said, problem = process.communicate(timeout=120)
        assert process.returncode in (0, 3), problem
        assert "Traceback" not in problem
        return said

    def ends(self, *arguments: str) -> tuple[int, str]:
        """How the program ends, and what it prints."""
        process = self._begun([sys.executable, "-m", "screening", *arguments], {})
        said, problem = process.communicate(timeout=120)
        assert problem == ""
        return process.returncode, said

    def refused(self, rows: str, out: str, *options: str, **environment: str) -> str:
        """What a run says that ends with 2. The libraries' waits between tries are left out."""
        quick = (
            "import asyncio\nreal = asyncio.sleep\n"
            "async def quick(delay, result=None): return await real(0, result)\n"
            "asyncio.sleep = quick\nfrom screening.cli import main\nmain()"
        )
        command = [sys.executable, "-c", quick, "screen", rows, "-w", "listed.csv", "-o", out, *options]
        process = self._begun(command, environment)
        said, problem = process.communicate(timeout=120)
        assert (process.returncode, said) == (2, ""), problem
        assert "Traceback" not in problem
        assert "fault of the program" not in problem
        assert problem.startswith("error: ")
        return problem

    def contents(self, out: str) -> dict[str, bytes]:
        """The hits and the records of a folder, which hold no time."""
        self.system.invalidate_cache()
        found = {path.removeprefix(f"bank/{out}/"): path for path in self.system.find(f"bank/{out}")}
        return {
            name: self.system.cat_file(path)
            for name, path in found.items()
            if name.startswith(("hits/", "clear/", "found/", "accounts/"))
        }

    def manifest(self, out: str) -> Any:
        return json.loads(self.system.cat_file(f"bank/{out}/manifest.json"))


def rows_of(contents: dict[str, bytes]) -> list[dict[str, str]]:
    """All rows of the hits, without the file they came from but for its name."""
    found: list[dict[str, str]] = []
    for name in sorted(name for name in contents if name.startswith("hits/")):
        found += csv.DictReader(io.StringIO(contents[name].decode()))
    return [row | {"file": row["file"].rsplit("/", 1)[-1]} for row in found]


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    scheme: str = request.param
    kind = KINDS[scheme]
    if find_spec(kind.package) is None:
        pytest.skip(f"{kind.package} is not installed")
    path = os.pathsep.join((str(Path(sys.prefix) / "emulators" / "bin"), os.environ.get("PATH", "")))
    program = shutil.which(kind.program, path=path)
    if program is None:
        pytest.skip(f"{kind.program} is not installed")
    folder = tmp_path_factory.mktemp(scheme)
    (folder / "listed.csv").write_text(LISTED)
    port = free_port()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in told(scheme, port).items():
            environment.setenv(name, value)
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen([program, *kind.arguments(port)], cwd=folder, stdout=log, stderr=log)
        try:
            for _ in range(300):
                assert process.poll() is None, (folder / "server.log").read_text()
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            system = fsspec.filesystem(scheme, skip_instance_cache=True)
            system.mkdir("bank")
            made = Store(scheme, port, system, folder)
            fill(made)
            yield made
        finally:
            process.kill()
            process.wait()


def fill(store: Store) -> None:
    """The same files here and there: many small ones, one of them in a folder below, and Parquet."""
    rows = store.folder / "rows"
    (rows / "below").mkdir(parents=True)
    for n in range(FILES):
        (rows / ("below" if n == 7 else ".") / f"{n:03}.csv").write_text(csv_rows(10 * n, 10))
    names = ["Grey Heron Shiping" if n % 50 == 0 else f"Acme {n}" for n in range(300)]
    pq.write_table(pa.table({"name": names}), rows / "z.parquet")
    (rows / "_SUCCESS").write_text("")
    for file in rows.rglob("*"):
        if file.is_file():
            store.system.pipe_file(f"bank/rows/{file.relative_to(rows).as_posix()}", file.read_bytes())


@pytest.fixture(scope="module")
def first(store: Store) -> str:
    """The output of a whole run there."""
    store.screen(store.url("rows"), store.url("first/"))
    return "first"


def test_the_hits_are_those_of_local_folders(store: Store, first: str) -> None:
    store.screen("rows/", "local/")
    local = store.folder / "local"
    names = {str(f.relative_to(local)): f.read_bytes() for f in local.rglob("*") if f.is_file()}
    found = rows_of(store.contents(first))
    assert found == rows_of(names)
    assert {row["status"] for row in found} == {"match", "unscreened"}
    document = store.manifest(first)
    assert document["counts"] == json.loads((local / "manifest.json").read_text())["counts"]
    assert (
        document["counts"]["read"] == 10 * FILES + 300 == sum(p["counts"]["read"] for p in document["parts"])
    )
    assert store.system.find(f"bank/{first}/work") == []


def test_all_files_may_go_into_one_report(store: Store) -> None:
    found = []
    for rows, name in ((store.url("rows"), "there"), ("rows/", "here")):
        reports = ("-o", f"{name}.csv", "-o", f"{name}.json")
        status, said = store.ends("screen", rows, "-w", "listed.csv", "-q", "--fail-on", "never", *reports)
        assert (status, said.split(":")[0]) == (3, f"rows read {10 * FILES + 300}")
        cells = list(csv.DictReader(io.StringIO((store.folder / f"{name}.csv").read_text())))
        found.append([row | {"run_id": "", "file": row["file"].split("rows/", 1)[1]} for row in cells])
        assert store.ends("verify", f"{name}.json")[0] == 0
        assert store.ends("replay", f"{name}.json")[0] == 0
    assert found[0] == found[1]
    assert {row["file"] for row in found[0]} > {"001.csv", "below/007.csv", "z.parquet"}


def test_a_run_that_is_killed_is_resumed(store: Store, first: str) -> None:
    process = store.start(store.url("rows"), store.url("killed/"))
    done: set[str] = set()
    while len(done) < 5:
        assert process.poll() is None, "the run was over before it could be killed"
        store.system.invalidate_cache()
        done = set(store.system.find("bank/killed/accounts"))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    store.system.invalidate_cache()
    kept = {path: store.system.modified(path) for path in store.system.find("bank/killed/accounts")}
    assert 5 <= len(kept) < FILES + 1
    assert not store.system.exists("bank/killed/manifest.json")
    assert "holds a run already" in store.refused(store.url("rows"), store.url("killed/"), "--format", "csv")
    store.screen(store.url("rows"), store.url("killed/"), "--resume")
    assert store.contents("killed") == store.contents(first)
    store.system.invalidate_cache()
    assert {path: store.system.modified(path) for path in kept} == kept


def test_the_earlier_run_may_be_there(store: Store, first: str) -> None:
    said = store.screen(store.url("rows/*.csv"), store.url("next/"), "--baseline", store.url(first))
    document = store.manifest("next")
    # the folder below and the Parquet file are no more: a hit of the one and six of the other are gone
    assert document["changes"]["counts"]["gone"] == 7
    assert document["changes"]["counts"]["unchanged"] == FILES - 1
    assert document["changes"]["counts"]["new"] == 0
    assert "rows were clear in run" in said


def test_dask_finds_the_same(store: Store, first: str) -> None:
    pytest.importorskip("distributed")
    store.screen(store.url("rows"), store.url("dask/"), "--engine", "dask")
    assert store.contents("dask") == store.contents(first)


def test_a_bucket_that_is_not_there(store: Store) -> None:
    nowhere = f"{store.scheme}://nowhere"
    assert "nowhere/rows" in store.refused(f"{nowhere}/rows", "out/")
    assert "cannot be written: " in store.refused("rows/", f"{nowhere}/out/")
    assert "holds no finished run" in store.refused("rows/", "out/", "--baseline", f"{nowhere}/out")
    for nothing in ("nothing", "nothing/*.csv"):
        assert "holds no file" in store.refused(store.url(nothing), "out/")
    assert not (store.folder / "out" / "manifest.json").exists()


def test_a_store_that_is_out_of_reach(store: Store) -> None:
    there = told(store.scheme, free_port())
    for rows, out in ((store.url("rows"), "out/"), ("rows/", store.url("out/"))):
        said = store.refused(rows, out, **there)
        assert "cannot be read: " in said
        assert "onnect" in said
        assert "the storage can be reached" in said


@pytest.fixture(scope="module")
def forbidding() -> Iterator[int]:
    """The port of a server that lets nobody do anything."""

    class Forbidding(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            google = self.path.startswith(("/storage", "/download", "/upload"))
            body = (
                b'{"error": {"message": "Nothing for you"}}'
                if google
                else b"<Error><Code>AccessDenied</Code></Error>"
            )
            self.send_response(403)
            self.send_header("Content-Type", "application/json" if google else "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forbidding)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_credentials_that_are_refused(store: Store, forbidding: int) -> None:
    there = told(store.scheme, forbidding)
    assert "cannot be read: " in store.refused(store.url("rows"), "out/", **there)
    assert "error: " in store.refused("rows/", store.url("out/"), **there)
    assert "cannot be read: " in store.refused("rows/", "out/", "--baseline", store.url("first"), **there)


@pytest.mark.parametrize("content", [b"", b"a\r", b"a\r\n", b"\r", b"a\n--==0==--\nb", bytes(range(256)) * 9])
def test_a_file_comes_back_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Google's library frames what it sends; nothing in a file may be taken for the frame."""
    for name, value in told(store.scheme, store.port).items():
        monkeypatch.setenv(name, value)
    type(store.system).clear_instance_cache()
    folder = Folder(store.url("folder"))
    folder.write("deep/file", content)
    assert (folder.read("deep/file"), folder.names("deep")) == (content, ["file"])
    folder.remove("deep/file")
    folder.remove("deep/file")
    assert (folder.read("deep/file"), folder.names("deep")) == (None, [])


def test_azure_s_credentials(store: Store, first: str) -> None:
    if store.scheme != "abfs":
        pytest.skip("of Azure")
    wrong = told("abfs", store.port, "A" * 86 + "==")
    assert "cannot be read: " in store.refused(store.url("rows"), "out/", **wrong)
    assert "cannot be read: " in store.refused("rows/", store.url("out/"), **wrong)
    none = {"AZURE_STORAGE_CONNECTION_STRING": ""}
    assert "abfs:// cannot be used: " in store.refused(store.url("rows"), "out/", **none)
    url = f"abfs://bank@{ACCOUNT}.dfs.core.windows.net"
    store.screen(f"{url}/rows", f"{url}/account/")
    parts = store.manifest("account")["parts"]
    assert {part["file"].rsplit("/rows/", 1)[0] for part in parts} == {url}
    assert rows_of(store.contents("account")) == rows_of(store.contents(first))
