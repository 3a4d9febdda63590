"""Writes the numbers and the table of contents of README.md anew: python -m tests.freeze_readme

Read the difference before it is committed. Where the output differs in more than numbers it is left alone and named:
that is for people to write.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import test_readme as readme

COMMAND = "python -m tests.freeze_readme"
_NUMBER = re.compile(r" *[+-]?\d+(?:\.\d+)?%?")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_CONTENTS = re.compile(r"^<!-- contents -->\n(?:\[.*\n)*\n", re.MULTILINE)
_PRINTED = re.compile(r"^(print\(.*\)  # -> ).*$", re.MULTILINE)


def contents(text: str) -> str:
    """The table of contents of a README: its sections, each a link, on lines of at most 120 characters."""
    links = []
    for heading in _HEADING.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        links.append(f"[{heading}](#{anchor})")
    return "<!-- contents -->\n" + " ·\n".join(links) + "\n\n"


def renumbered(expected: list[str], found: list[str]) -> list[str] | None:
    """The expected lines with the numbers of those found; None when more than numbers differs."""

    def plain(lines: list[str]) -> list[str]:
        return [_NUMBER.sub(" 0", line) for line in readme.same_form("\n".join(["", *lines, ""])).split("\n")]

    result: list[str] = []
    at, anchored = 0, True
    segment: list[str] = []
    for line in [*expected, "..."]:
        if line != "...":
            segment.append(line)
            continue
        places = [at] if anchored else range(at, len(found) - len(segment) + 1)
        place = next((i for i in places if plain(found[i : i + len(segment)]) == plain(segment)), None)
        if place is None:
            return None
        for old, new in zip(segment, found[place : place + len(segment)], strict=True):
            result.append(old if readme.same_form(old) == readme.same_form(new) else new)
        result.append("...")
        at, anchored, segment = place + len(segment), False, []
    return result[:-1]


def main() -> None:
    """Run every block and write README.md."""
    path = readme.ROOT / "README.md"
    text = _CONTENTS.sub(lambda _: contents(readme.README), readme.README)
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as home:
        folder, environment = Path(work), readme.fresh(Path(home))
        readme.fill(folder)
        for body in readme.CONSOLE:
            status, lines = 0, []
            for command, expected in readme.commands(body):
                lines.append(f"$ {command}")
                if command.startswith("make"):
                    continue
                status, output = readme.run(command, status, folder, environment)
                old = expected.split("\n") if expected else []
                new = renumbered(old, output.rstrip("\n").split("\n") if output else [])
                if new is None:
                    print(f"differs in more than numbers: {command}")
                lines += old if new is None else new
            text = text.replace(body, "".join(f"{line}\n" for line in lines))
        for body in readme.PYTHON:
            printed = subprocess.run(
                [sys.executable, "-c", body],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.splitlines()
            new_body = body
            for line, value in zip(_PRINTED.finditer(body), printed, strict=True):
                new_body = new_body.replace(line[0], line[1] + value)
            text = text.replace(body, new_body)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
