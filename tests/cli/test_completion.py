"""Completion scripts, and what they ask the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Invoke = Callable[..., Result]
RunProcess = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.mark.parametrize(
    ("shell", "sign"),
    [
        ("bash", "complete -o default -F _screening_completion screening"),
        ("zsh", "#compdef screening"),
        ("fish", "complete --command screening"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName screening"),
    ],
)
def test_a_script_for_each_shell(invoke: Invoke, shell: str, sign: str) -> None:
    result = invoke("completion", shell)
    assert result.exit_code == 0
    assert sign in result.stdout
    assert "_SCREENING_COMPLETE" in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_takes_its_script(invoke: Invoke, shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "script"
    path.write_text(invoke("completion", shell).stdout)
    done = subprocess.run([program, "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("screening sc", "screen"),
        ("screening screen --fail-on new-m", "new-match"),
        ("screening decide --supe", "--supersede"),
    ],
)
def test_the_program_answers_what_bash_asks(run_process: Any, words: str, expected: str) -> None:
    env = {
        "_SCREENING_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = run_process(env=env)
    assert expected in done.stdout.decode().split()


@pytest.mark.parametrize(
    ("shell", "asked", "answer"),
    [
        ("fish", {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}, "screen\tScreen the counterparties"),
        ("zsh", {}, '"screen":"Screen the counterparties'),
    ],
)
def test_the_program_answers_what_the_other_scripts_ask(
    run_process: Any, invoke: Invoke, shell: str, asked: dict[str, str], answer: str
) -> None:
    """With the variables that the script of the shell sets, in the form in which it takes the answer apart."""
    script = invoke("completion", shell).stdout
    env = {"_SCREENING_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "screening sc", **asked}
    assert all(name in script for name in env)
    assert f"complete_{shell}" in script
    done = run_process(env=env)
    assert done.returncode == 0
    assert answer in done.stdout.decode()
    assert done.stderr == b""


# --- the shells themselves --------------------------------------------------------------------------

ASKED = [
    ("screening sc", ["screen"]),
    ("screening screen vendors.csv --fail-on new-", ["new-match", "new-review"]),
    ("screening lists ver", ["verify"]),
    ("screening screen vend", ["vendors.csv"]),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one file in it."""
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "vendors.csv").touch()
    return folder


@pytest.mark.parametrize(("line", "expected"), ASKED)
def test_bash_completes(invoke: Invoke, place: Path, line: str, expected: list[str]) -> None:
    """The function that bash calls; where it finds nothing bash completes files (`-o default`)."""
    words = line.split()
    asked = f"""{invoke("completion", "bash").stdout}
COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}
_screening_completion screening
[ -n "$COMPREPLY" ] || COMPREPLY=($(compgen -f -- {words[-1]}))
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    assert answered("bash", asked, place) == expected


@pytest.mark.parametrize(("line", "expected"), ASKED)
def test_fish_completes(invoke: Invoke, place: Path, line: str, expected: list[str]) -> None:
    asked = f"{invoke('completion', 'fish').stdout}\ncomplete -C '{line}'"
    assert [item.split("\t")[0] for item in answered("fish", asked, place)] == expected


def test_zsh_completes_at_the_first_tab(invoke: Invoke, place: Path) -> None:
    """Keys in a terminal, up to the Tab; then what the terminal shows."""
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("zsh is not installed")
    import pty
    import select
    import termios

    (place / "_screening").write_text(invoke("completion", "zsh").stdout)
    (place / ".zshrc").write_text(
        f"PS1='ready> '; fpath=({place} $fpath); autoload -Uz compinit; compinit -u -D\n"
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {"PATH": path, "HOME": str(place), "ZDOTDIR": str(place), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (40, 200))
    shown = b""

    def wait_for(sign: bytes) -> None:
        nonlocal shown
        while sign not in shown and select.select([ours], [], [], 10)[0]:
            shown += os.read(ours, 1000)

    with subprocess.Popen(
        [zsh, "-i"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=place, env=env, start_new_session=True
    ) as shell:
        wait_for(b"ready> ")
        os.write(ours, b"screening screen vendors.csv --fail-on new-m\t")
        wait_for(b"new-match")
        shell.kill()
    os.close(ours)
    os.close(theirs)
    assert b"screening screen vendors.csv --fail-on new-match " in shown


def answered(shell: str, asked: str, place: Path) -> list[str]:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = os.environ | {"PATH": path, "HOME": str(place), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [program, "-c", asked], cwd=place, env=env, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


# --- PowerShell, which has to be asked for without being there ---------------------------------------


def faults(script: str) -> bool:
    """Whether a script is no PowerShell."""
    tree_sitter = pytest.importorskip("tree_sitter", reason="tree-sitter is not installed")
    grammar = pytest.importorskip("tree_sitter_powershell", reason="tree-sitter-powershell is not installed")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    return bool(parser.parse(script.encode()).root_node.has_error)


def test_the_script_for_powershell_is_powershell(invoke: Invoke) -> None:
    script = invoke("completion", "powershell").stdout
    assert not faults(script)
    assert faults(script.replace("if ($value)", "if $value"))
    assert faults(script.rstrip("}\n"))


@pytest.mark.parametrize(
    ("line", "word", "expected"),
    [
        # (the command up to the cursor, the word under it): what Register-ArgumentCompleter -Native gives
        ("screening sc", "sc", ["screen"]),
        ("screening lists", "", ["import", "update"]),
        ("screening screen 'my vendors.csv' --fail-on", "", ["match", "review", "never"]),
        ("screening screen vendors.csv --fail-on new-m", "new-m", ["new-match"]),
        ("screening screen vendors.csv -", "-", ["-w", "--watchlist"]),
        ("screening screen vend", "vend", []),  # then PowerShell completes the names of files
    ],
)
def test_the_program_answers_what_powershell_asks(
    run_process: Any, invoke: Invoke, line: str, word: str, expected: list[str]
) -> None:
    """A CompletionResult needs a value and a text: an empty one of them is an exception in PowerShell."""
    asked = {
        "_SCREENING_COMPLETE": "complete_powershell",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": word,
    }
    script = invoke("completion", "powershell").stdout
    assert all(f"$Env:{name} = $null" in script for name in asked)
    done = run_process(env=asked)
    assert done.stderr == b""
    answers = [answer.split(":::", 1) for answer in done.stdout.decode("ascii").splitlines() if answer]
    assert all(len(answer) == 2 and answer[1] for answer in answers)
    values = [value for value, _ in answers]
    assert all(value.startswith(word) for value in values)
    assert [value for value in values if value in expected] == expected
    assert bool(values) is bool(expected)


def test_an_unknown_shell(invoke: Invoke) -> None:
    assert invoke("completion", "tcsh").exit_code == 2
