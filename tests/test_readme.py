"""The README tells the truth: every command in it is run and its output compared; so is every Python block.

In a block marked `console`, a line that begins with `$ ` is a command and the lines below it are all that it
prints. `...` alone on a line stands for any lines. Times, the version, and hashes (ids of runs among them) are
compared by form, everything else as it stands. A block after `<!-- file: NAME -->` is written to that file
first. `make` commands install things, so here only their recipes are checked; tests/test_makefile.py runs the
program through make.

After a change of weights, `python -m tests.freeze_readme` writes the numbers and the table of contents anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>\w*)\n(?P<body>.*?)```\n", re.DOTALL)
BLOCKS = [(match["file"], match["language"], match["body"]) for match in BLOCK.finditer(README)]
VARYING = [
    (re.compile(r"\b(?:[0-9a-f]{16,64}|d-[0-9a-f]{12})\b"), "<hash>"),
    (re.compile(r"(?<=<hash> of )\d{4}-\d\d-\d\d"), "<day>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"screening \d+\.\d+\.\d+\S*"), "screening <version>"),
    (re.compile(r" *\b\d+ (?:hour|day)s?\b *"), " <age> "),
    (re.compile(r"(?<=\bage) +"), " "),
    (re.compile(r"(?<= kB  )[0-9a-f]{12}\b"), "<hash>"),
]


def same_form(text: str) -> str:
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def pattern_of(expected: str) -> re.Pattern[str]:
    lines = same_form(expected).split("\n")
    parts = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in lines]
    return re.compile("".join(parts))


def commands(body: str) -> list[tuple[str, str]]:
    """(command, expected output) of a console block."""
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            assert found, f"output before the first command: {line}"
            found[-1][1].append(line)
    return [(command, "\n".join(output)) for command, output in found]


def fill(folder: Path) -> None:
    """Put the files that the README shows, and the example, into a folder."""
    shutil.copytree(ROOT / "screening" / "_examples", folder / "screening" / "_examples")
    for name, _, body in BLOCKS:
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(body, encoding="utf-8")


def fresh(home: Path) -> dict[str, str]:
    """The environment of a user who has just installed the program: nothing stored, plain output."""
    programs = str(Path(sys.executable).parent)
    return {
        "PATH": os.pathsep.join([programs, os.environ["PATH"]]),
        "HOME": str(home),
        "SCREENING_DATA_DIR": str(home / "data"),
        "SCREENING_CACHE_DIR": str(home / "cache"),
        "LC_ALL": "C.UTF-8",
    }


def run(command: str, before: int, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit status and output of a command of the README. before: the status of the command above it."""
    done = subprocess.run(
        ["sh", "-c", command.replace("$?", str(before))],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return fresh(tmp_path_factory.mktemp("home"))


CONSOLE = [body for _, language, body in BLOCKS if language == "console"]
PYTHON = [body for name, language, body in BLOCKS if language == "python" and not name]


@pytest.mark.skipif(os.name == "nt", reason="the commands are those of a POSIX shell")
@pytest.mark.parametrize("body", CONSOLE, ids=lambda body: body.split("\n")[0][2:50])
def test_commands(body: str, folder: Path, environment: dict[str, str]) -> None:
    status = 0
    for command, expected in commands(body):
        if command.startswith("make"):
            done = subprocess.run(
                ["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            continue
        if command.startswith(("pip ", "git ", "pipx ")):
            pytest.fail(f"nothing tests this command: {command}")
        status, output = run(command, status, folder, environment)
        found = same_form(output) + "\n"
        assert "Traceback" not in found
        assert pattern_of(expected).fullmatch(found), f"$ {command}\n{found}"


@pytest.mark.parametrize("body", PYTHON, ids=lambda body: body.strip().split("\n")[0][:50])
def test_python(body: str, folder: Path, environment: dict[str, str]) -> None:
    """A comment `# -> TEXT` behind a print says what it prints."""
    expected = re.findall(r"^print\(.*\)  # -> (.*)$", body, re.MULTILINE)
    assert expected, "a Python block must print something and say what"
    done = subprocess.run(
        [sys.executable, "-c", body], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected


def test_every_option_that_is_named_exists() -> None:
    named = set(re.findall(r"`(--[a-z][a-z-]+)", README))
    helped = "".join(
        subprocess.run(
            [sys.executable, "-c", "from screening.cli import main; main()", *command, "--help"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for command in (
            [],
            ["screen"],
            ["check"],
            ["decide"],
            ["log", "verify"],
            *(["lists", name] for name in ("verify", "import", "update")),
        )
    )
    assert named
    assert {option for option in named if option not in helped} == set()


def test_the_columns_are_those_of_the_report() -> None:
    from screening.reports.csv_report import COLUMNS

    table = README.split("## Report columns")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(COLUMNS)


def test_the_table_of_contents_names_every_section() -> None:
    from tests.freeze_readme import contents

    assert contents(README) in README
