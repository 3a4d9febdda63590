"""`screening draft`: documents to a draft watchlist, and its review."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from screening.cli import options
from screening.errors import EXIT_CLEAR, EXIT_PARTIAL, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.resources.abc import Traversable

    from screening.curate.draft import Drafted
    from screening.curate.proposals import Draft as ReadDraft
    from screening.curate.proposals import Proposal
    from screening.model import Entity


class DraftGroup(TyperGroup):
    """A group whose first word is a document unless it is one of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`draft FILE` is `draft make FILE`. A document of the name of a command is given as ./review."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="draft",
    cls=DraftGroup,
    no_args_is_help=True,
    subcommand_metavar="DOCUMENT... -o FILE.yml | COMMAND [ARGS]...",
    help="Draft a watchlist from documents, and review the draft.\n\n"
    "`screening draft DOCUMENT... -o FILE.yml` is short for `screening draft make`.",
)


@app.command("make")
def make(
    documents: Annotated[
        list[Path], typer.Argument(metavar="DOCUMENT...", help="TXT, Markdown, HTML, PDF, DOCX or EML files.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE.yml", help="The draft. A file that exists is not overwritten."
        ),
    ],
    watchlist: options.Watchlists = None,
    data_dir: options.DataDir = None,
) -> None:
    """Draft a watchlist and source records from documents, for a person to review.

    Each party is proposed as a target, accuser, source, official, commentator, denial or bystander, with the
    words that say so, and compared with the lists: by default all built-in and stored ones. The source records
    go into the folder `seeds` beside the draft. Rules find the parties, and a spaCy model too where one is installed:
    a draft can miss some and be wrong on others.

    Exit status: 0 drafted; 2 a document cannot be read, nothing was written; 3 drafted, but pages were not read.
    """
    from screening.cli import console
    from screening.curate.canonical import render
    from screening.curate.draft import make_draft, paths
    from screening.curate.matches import Matcher
    from screening.curate.proposals import HEADER
    from screening.curate.readers import read_document
    from screening.lists.curated import is_list_id
    from screening.lists.seeds import builtin_files
    from screening.reports.atomic import check_target, write_atomically
    from screening.reports.text import visible

    if output.suffix not in (".yml", ".yaml"):
        raise UsageError(f"{output} is no name for a draft.", "Name a file that ends with .yml.")
    list_id = output.stem.lower()
    if not is_list_id(list_id):
        raise UsageError(
            f"{output.stem!r} cannot be the id of a list.",
            "Use lower-case letters, digits, dots, underscores and hyphens in the file's name.",
        )
    _free(output)
    check_target(output)
    read = [read_document(path) for path in documents]
    taken = [file.name.rsplit(".", 1)[0] for file in builtin_files()]
    drafted = make_draft(read, list_id, Matcher(watchlist or (), data_dir=data_dir), taken=taken)
    seeds = paths(output, drafted.seeds)
    for path in seeds:
        _free(path)
    for path, seed in zip(seeds, drafted.seeds, strict=True):
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, render(seed))
    write_atomically(output, render(drafted.draft, HEADER))
    console.write("".join(visible(line) + "\n" for line in _table(drafted)))
    for path in (output, *seeds):
        console.say(visible(f"wrote {path}"))
    console.say(visible(f"next: screening draft review {output} -o LIST.yml"))
    raise typer.Exit(EXIT_PARTIAL if any(document.scanned for document in read) else EXIT_CLEAR)


def _free(path: Path) -> None:
    if path.exists():
        raise UsageError(
            f"{path} exists already.", "A draft overwrites nothing. Name another file or move this one."
        )


def _table(drafted: Drafted) -> Iterator[str]:
    from screening.curate.draft import match_line

    draft = drafted.draft
    targets = [item for item in draft.proposals if item.role == "target"]
    others = [item for item in draft.proposals if item.role != "target"]
    yield f"proposed as targets: {len(targets)}"
    for item in targets:
        yield from _target(item)
        for match in item.matches:
            yield f"      {match_line(match)}"
    yield f"named and proposed as no targets: {len(others)}"
    for item in others:
        yield f"  {item.role:<11} {item.name}: {item.because}"
    for seed in drafted.seeds:
        yield f"kinds of goods in {seed.id}: {len(seed.goods)}"
        for goods in seed.goods:
            codes = ", ".join(
                [*(f"HS {code}" for code in goods.hs), *(f"ECCN {code}" for code in goods.eccn)]
            )
            yield f"  {goods.item}: {len(goods.passages)} x{', ' + codes if codes else ''}"
    for note in draft.notes:
        yield f"note: {note}"


def _target(item: Proposal) -> Iterator[str]:
    countries = f" ({', '.join(item.countries)})" if item.countries else ""
    yield f"  {item.type:<12} {item.name}{countries}: {item.because}"
    for evidence in item.evidence:
        yield f"      {evidence.stance}, {evidence.locator}: {evidence.passage}"


@app.command()
def review(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT.yml", help="A draft that `screening draft` made.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="LIST.yml", help="The list. One that exists gets the new parties added."
        ),
    ],
    data_dir: options.DataDir = None,
    no_color: options.NoColor = False,
) -> None:
    """Go through the proposals of a draft and write the list and its source records.

    Each proposal is shown with the passage it rests on and the lists that have the party already. Answers are
    read from standard input, one a line: a (accept), r REASON (reject), e FIELD VALUE (edit), m NUMBER (take over a
    match), s (leave open), q (stop), ? (help). The draft keeps what was decided, so a review can go on later.

    Exit status: 0 the list is written and sound; 2 it would be wrong, or a file cannot be read; 3 proposals are
    still open, and no list was written.
    """
    from screening.cli import console
    from screening.cli.screen import now
    from screening.curate.canonical import render
    from screening.curate.proposals import HEADER, read_draft
    from screening.curate.review import open_proposals
    from screening.reports.atomic import check_target, write_atomically
    from screening.reports.text import visible

    if output.suffix not in (".yml", ".yaml"):
        raise UsageError(f"{output} is no name for a list.", "Name a file that ends with .yml.")
    if output.resolve() == draft.resolve():
        raise UsageError("The list would overwrite its draft.", "Name another file with -o.")
    check_target(output)
    before = read_draft(draft)
    walk = _Walk(before, colour=console.colour(no_color=no_color))
    try:
        walk.run()
    finally:  # Ctrl-C keeps what was decided too
        if walk.draft != before:
            write_atomically(draft, render(walk.draft, HEADER))
    left = open_proposals(walk.draft)
    if left:
        console.say(f"open proposals: {len(left)} of {len(walk.draft.proposals)}; no list was written.")
        raise typer.Exit(EXIT_PARTIAL)
    for path in _write_list(walk.draft, draft, output, now().date().isoformat(), data_dir):
        console.say(visible(f"wrote {path}"))


@app.command()
def evaluate(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Text files in which names are marked as [[name|kind:role]]."),
    ],
    errors: Annotated[bool, typer.Option("--errors", help="Name each mistake.")] = False,
) -> None:
    """Measure how well drafts find names and judge roles, on documents in which people marked the names.

    Kinds: o (organisation), p (person), v (vessel). Roles: target, accuser, source, official, commentator, denial,
    bystander. Precision is the share of what was found that is marked so, recall the share of the marks found.
    The rules alone are measured, without a spaCy model.
    """
    from screening.cli import console
    from screening.curate import evaluate as measures
    from screening.reports.text import visible

    outcomes = [measures.outcome(labelled) for labelled in measures.read_labelled(folder)]
    for line in measures.report(outcomes, errors=errors):
        console.write(visible(line) + "\n")


class _Walk:
    """Shows one proposal after the other and applies the answers. draft: as judged so far."""

    def __init__(self, draft: ReadDraft, *, colour: bool) -> None:
        self.draft = draft
        self._colour = colour

    def run(self) -> None:
        """Until every proposal is decided, left open or the answers end."""
        from screening.curate.review import open_proposals

        waiting = open_proposals(self.draft)
        if not waiting or not self._head():
            return
        for number, index in enumerate(waiting, start=1):
            if not self._proposal(index, f"{number} of {len(waiting)}"):
                return

    def _head(self) -> bool:
        from screening.curate import review

        for _ in _forever():
            head = ", ".join(f"{name} {getattr(self.draft, name) or '-'}" for name in review.HEAD_FIELDS[:4])
            self._say(f"list: {head}")
            word, rest = self._answer("a (keep), e FIELD VALUE, q > ")
            if word in ("a", "s"):
                return True
            if word == "q":
                return False
            if word == "e":
                field, _, value = rest.partition(" ")
                self._try(partial(self._edit_head, field, value.strip()))
            else:
                self._say(f"fields: {', '.join(review.HEAD_FIELDS)}")
        return False

    def _proposal(self, index: int, place: str) -> bool:
        """False when the review is to stop."""
        from screening.curate import review

        for _ in _forever():
            item = self.draft.proposals[index]
            for line in _shown(item, place, colour=self._colour):
                self._say(line)
            word, rest = self._answer("a, r REASON, e FIELD VALUE, m NUMBER, s, q, ? > ")
            field, _, value = rest.partition(" ")
            if word == "q":
                return False
            if word == "s":
                return True
            if word == "a" and self._try(partial(self._put, index, review.accept, item)):
                return True
            if word == "r" and self._try(partial(self._put, index, review.reject, item, rest)):
                return True
            if word == "e":
                self._try(partial(self._put, index, review.change, item, field, value.strip()))
            elif word == "m":
                self._try(partial(self._put, index, review.take, item, rest))
            elif word not in ("a", "r"):
                self._say(review.HELP.format(fields=", ".join(review.FIELDS)))
        return False

    def _edit_head(self, field: str, value: str) -> None:
        from screening.curate.review import change_head

        self.draft = change_head(self.draft, field, value)

    def _put(self, index: int, act: Callable[..., Proposal], *arguments: object) -> None:
        """Put what an action makes of a proposal in its place."""
        from msgspec.structs import replace

        proposals = list(self.draft.proposals)
        proposals[index] = act(*arguments)
        self.draft = replace(self.draft, proposals=tuple(proposals))

    def _try(self, act: Callable[[], None]) -> bool:
        """Whether it could be done; what is wrong is said, and the question asked again."""
        try:
            act()
        except UsageError as error:
            self._say(f"{error}")
            return False
        return True

    def _say(self, line: str) -> None:
        from screening.cli import console

        console.write(line + "\n")

    def _answer(self, prompt: str) -> tuple[str, str]:
        """The first word of the next line of standard input, and the rest; "q" at its end. Lines with # are skipped."""
        from screening.cli import console

        console.write(prompt)
        for _ in _forever():
            line = sys.stdin.readline()
            if not line:
                console.write("\n")
                return "q", ""
            text = line.strip()
            if not text.startswith("#"):
                if not sys.stdin.isatty():
                    self._say("")
                word, _, rest = text.partition(" ")
                return {
                    "accept": "a",
                    "reject": "r",
                    "edit": "e",
                    "match": "m",
                    "skip": "s",
                    "quit": "q",
                }.get(word, word), rest.strip()
        return "q", ""


def _shown(item: Proposal, place: str, *, colour: bool) -> Iterator[str]:
    """A proposal as lines, its name marked in the passage."""
    from screening.curate.draft import match_line
    from screening.reports.text import visible

    yield ""
    yield visible(f"{place}: {item.name} ({item.type}{''.join(', ' + code for code in item.countries)})")
    yield visible(f"  proposed as {item.role}: {item.because}" + _own_reason(item))
    for name in item.names:
        yield visible(f"  also {name.value}" + (f" ({name.note})" if name.note else ""))
    for identifier in item.identifiers:
        yield visible(f"  {identifier.scheme} {identifier.value}")
    for evidence in item.evidence:
        yield visible(
            f"  {evidence.stance}, {evidence.document} {evidence.locator}: {evidence.summary or ''}"
        )
        yield "    " + _marked(visible(evidence.passage), visible(item.name), colour=colour)
    for seen in item.seen:
        yield visible(f"  {seen.document} {seen.locator}:")
        yield "    " + _marked(visible(seen.passage), visible(item.name), colour=colour)
    for number, match in enumerate(item.matches, start=1):
        yield visible(f"  match {number}: {match_line(match)}")
    if item.taken:
        yield visible(f"  takes over the facts of {item.taken}")


def _own_reason(item: Proposal) -> str:
    """The reason behind a dash, where it says more than why the role was proposed."""
    return f" - {item.reason}" if item.reason and item.because not in item.reason else ""


def _marked(passage: str, name: str, *, colour: bool) -> str:
    before, after = ("\x1b[1;7m", "\x1b[0m") if colour else ("[", "]")
    return passage.replace(name, f"{before}{name}{after}")


def _forever() -> Iterator[None]:
    while True:
        yield


def _write_list(judged: ReadDraft, draft: Path, output: Path, day: str, data_dir: Path | None) -> list[Path]:
    """Write the list and its source records when they are sound together; their paths."""
    import tempfile

    from screening.curate import review as steps
    from screening.lists import load_watchlists
    from screening.lists.seeds import read_seeds
    from screening.lists.strict_yaml import fail
    from screening.lists.verify import verify
    from screening.reports.atomic import write_atomically

    sources = [steps.seed_path(draft, name) for name in judged.documents]
    read, _, problems = read_seeds(sources)
    fail(problems)

    def find(list_id: str, entity_id: str) -> Entity | None:
        (watchlist,) = load_watchlists([list_id], data_dir=data_dir)
        return next((entity for entity in watchlist.entities if entity.id == entity_id), None)

    new = steps.list_file(judged, list(steps.entities(judged, find)), day)
    files = {output: steps.written(new, _content(output), str(output))}
    for item in read:
        path = steps.seed_path(output, item.seed.id)
        seed = steps.final_seed(item.seed, judged)
        kept = None if path.resolve() == Path(item.file).resolve() else _content(path)
        files[path] = steps.written_seed(seed, kept, str(path))
    with tempfile.TemporaryDirectory() as folder:  # nothing is written that the reader of lists would refuse
        trial = Path(folder) / output.name
        (Path(folder) / "seeds").mkdir()
        for path, content in files.items():
            (trial if path == output else Path(folder) / "seeds" / path.name).write_bytes(content)
        beside = [Path(folder) / "seeds" / path.name for path in files if path != output]
        fail(verify([trial], [*beside, *_other_seeds(output, files)]))
    for path, content in files.items():
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, content)
    return list(files)


def _other_seeds(output: Path, files: Mapping[Path, bytes]) -> Iterator[Traversable]:
    from screening.lists import seed_files

    names = {path.name for path in files}
    yield from (item for item in seed_files([output]) if item.name not in names)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
