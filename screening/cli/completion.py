"""`screening completion`: what makes a shell complete commands and options."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

# Ours, because typer's script takes the Tab key from its user, passes on what stands behind the cursor, and makes a
# candidate of the blank line that says "none". Without a candidate PowerShell completes the names of files.
_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName screening -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.ToString()
    $length = $cursorPosition - $commandAst.Extent.StartOffset
    if ($length -lt $line.Length) { $line = $line.Substring(0, $length) }
    $Env:_SCREENING_COMPLETE = "complete_powershell"
    $Env:_TYPER_COMPLETE_ARGS = $line
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $wordToComplete
    screening | ForEach-Object {
        $value, $help = $_ -split ":::", 2
        if ($value) {
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    }
    $Env:_SCREENING_COMPLETE = $null
    $Env:_TYPER_COMPLETE_ARGS = $null
    $Env:_TYPER_COMPLETE_WORD_TO_COMPLETE = $null
}"""


class Shell(StrEnum):
    """The shells there is a script for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    powershell = "powershell"


# typer's script only defines its function when zsh first loads it: the first Tab of a session would find nothing.
_ZSH_FIRST = """
if [[ $funcstack[1] = _screening ]]; then _screening_completion; fi"""


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

    if shell is Shell.powershell:
        script = _POWERSHELL
    else:
        script = get_completion_script(
            prog_name="screening", complete_var="_SCREENING_COMPLETE", shell=shell.value
        )
    if shell is Shell.zsh:
        script += _ZSH_FIRST
    typer.echo(script)
