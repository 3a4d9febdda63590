"""Completion scripts, and what they ask the program."""

from __future__ import annotations

import shutil
import subprocess
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
        ("powershell", {"_TYPER_COMPLETE_WORD_TO_COMPLETE": "sc"}, "screen:::Screen the counterparties"),
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


def test_an_unknown_shell(invoke: Invoke) -> None:
    assert invoke("completion", "tcsh").exit_code == 2
