"""`screening completion`: what makes a shell complete commands and options."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    """The shells there is a script for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    powershell = "powershell"


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
) -> None:
    """Print the script that completes commands and options in a shell.

    bash: screening completion bash > ~/.local/share/bash-completion/completions/screening. zsh: into a file
    _screening in a folder of $fpath. fish: > ~/.config/fish/completions/screening.fish. powershell: add it to $PROFILE.
    """
    from typer._completion_shared import (
        get_completion_script,
    )  # typer itself offers only the shell it runs in

    typer.echo(
        get_completion_script(prog_name="screening", complete_var="_SCREENING_COMPLETE", shell=shell.value)
    )
