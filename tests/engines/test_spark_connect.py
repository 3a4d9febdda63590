"""A data set through a real Spark Connect server on this machine, as the command line is used."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pyspark = pytest.importorskip("pyspark", reason="the extra spark is not installed")
pytest.importorskip("grpc", reason="the extra spark is not installed")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(
        shutil.which("java") is None and "JAVA_HOME" not in os.environ,
        reason="Spark needs Java, which is not here",
    ),
]

Contents = Callable[[Path], dict[str, bytes]]
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a Connect server with two cores."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    options = [f"spark.connect.grpc.binding.port={port}", "spark.ui.enabled=false"]
    settings = [part for option in options for part in ("--conf", option)]
    log = (tmp_path / "server.log").open("wb")
    process = subprocess.Popen(
        [submit, "--class", SERVER, "--master", "local[2]", *settings, "spark-internal"],
        stdout=log,
        stderr=log,
        cwd=tmp_path,
        env=os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"},
    )
    try:
        for _ in range(600):
            assert process.poll() is None, (tmp_path / "server.log").read_text()
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError((tmp_path / "server.log").read_text())
        yield f"spark://sc://localhost:{port}"
    finally:
        process.terminate()
        process.wait()
        log.close()


def test_the_same_as_local(tmp_path: Path, server: str, contents: Contents) -> None:
    (tmp_path / "listed.csv").write_text("id,name\n1,Brightwater Optics\n2,Blue Lantern Trading\n")
    rows = tmp_path / "rows"
    rows.mkdir()
    for part, names in (
        ("a", "Brightwater Optics\nGrey Heron Shipping"),
        ("b", "Blue Lantern Tradng\nOwl Ltd"),
    ):
        (rows / f"{part}.csv").write_text(f"name\n{names}\n")
    for engine in ("local", server):
        out = tmp_path / engine.partition(":")[0]
        command = [
            "screen",
            f"{rows}/",
            "-w",
            "listed.csv",
            "-o",
            f"{out}/",
            "--engine",
            engine,
            "--fail-on",
            "never",
            "-q",
        ]
        done = subprocess.run(
            [sys.executable, "-m", "screening", *command], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].startswith("rows read 4: clear 2,")
    found = [contents(tmp_path / name / "hits") for name in ("spark", "local")]
    assert found[0] == found[1] != {}
