"""The full-screen review: a table of hits, each opened in full, and a form to decide.

Texts of files are shown as `visible` gives them and never as textual's markup: a name cannot colour or link anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, cast

from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, DataTable, Footer, Input, Label, RadioButton, RadioSet, Static

from screening.decisions.record import DISPOSITIONS, Disposition
from screening.errors import ScreeningError
from screening.model import Hit, Status
from screening.reports import terminal
from screening.reports.text import clip, score_text, visible
from screening.review.session import Session

MAX_ROWS = 1000  # textual lays out some 6,000 rows a second; more hits than that are there once the filter is narrower
MAX_CELL = 200  # characters of a name in the table; the open hit shows more
# Columns of the table and their characters; the two names share what is left of the window, each at least MIN_NAME.
COLUMNS = {"status": 7, "score": 5, "row": 6, "counterparty": 0, "listed name": 0, "list": 14, "decision": 22}
MIN_NAME = 20
STYLES: dict[Status, str] = {"match": "bold red", "review": "yellow", "cleared": "green", "clear": "green"}
LABELS: dict[Disposition, str] = {"true-match": "True match", "false-positive": "False positive"}
DECIDE: tuple[BindingType, ...] = (
    Binding("d", "decide", "Decide"),
    Binding("f", "decide('false-positive')", "False positive"),
    Binding("t", "decide('true-match')", "True match"),
    Binding("u", "undo", "Undo"),
)


def _text(value: str, style: str = "") -> Text:
    return Text(visible(value), style=style)


class Review(App[None]):
    """Goes through the hits of a session. author: what "decided by" holds at first."""

    TITLE = "screening review"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #state { height: auto; padding: 0 1; background: $panel; }
    #filter { display: none; dock: bottom; margin-bottom: 1; }
    #filter.open { display: block; }
    DataTable { height: 1fr; }
    #hit { padding: 0 1; }
    Decide { align: center middle; }
    #form { width: 76; max-width: 96%; height: auto; max-height: 100%; padding: 0 2; }
    #form { border: round $primary; background: $surface; }
    #form Input, #form RadioSet { width: 100%; margin-bottom: 1; background: $boost; }
    #form Input:focus, #form RadioSet:focus { background: $panel; }
    #form Horizontal { height: auto; }
    #form Button { margin-right: 2; }
    #problem { color: $error; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]

    def __init__(self, session: Session, report: Path, author: str = "") -> None:
        super().__init__()
        self.session = session
        self.report = report
        self.author = author

    def on_mount(self) -> None:
        self.push_screen(Hits())


class Hits(Screen[None]):
    """The table of hits that fit the filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", "Next", show=False),
        Binding("k", "move(-1)", "Previous", show=False),
        Binding("g", "end(False)", "First", show=False),
        Binding("G", "end(True)", "Last", show=False),
        Binding("o,enter", "open", "Open", key_display="o"),
        *DECIDE,
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("a", "only_open", "Undecided only"),
        Binding("escape", "no_filter", "No filter", show=False),
        Binding("q", "app.quit", "Quit"),
    ]
    app: Review

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._only_open = False
        self._places: list[int] = []
        self._fitting = 0

    def compose(self) -> ComposeResult:
        yield Static(id="state", markup=False)
        yield DataTable[Text](cursor_type="row", zebra_stripes=True)
        yield Input(placeholder="words in names, ids, countries, list or status", id="filter")
        yield Footer()

    @property
    def table(self) -> DataTable[Text]:
        return cast("DataTable[Text]", self.query_one(DataTable))

    def on_mount(self) -> None:
        name = (self.app.size.width - sum(COLUMNS.values()) - 2 * len(COLUMNS)) // 2
        for label, width in COLUMNS.items():
            self.table.add_column(label, width=width or max(name, MIN_NAME), key=label)
        self.fill()
        self.table.focus()

    def fill(self, near: int = 0) -> None:
        """Show the hits that fit, the cursor on the one at the place `near`, or on the next that fits."""
        session = self.app.session
        fitting = session.fitting(self._words, only_open=self._only_open)
        self._fitting, self._places = len(fitting), fitting[:MAX_ROWS]
        self.table.clear()
        self.table.add_rows([self._row(session.hits[place]) for place in self._places])
        line = next((line for line, place in enumerate(self._places) if place >= near), len(self._places) - 1)
        self._go_to(line)
        self._state()

    def _row(self, hit: Hit) -> Iterable[Text]:
        found = self.app.session.judged(hit)
        said = ""
        if found.decision:
            said = f"{LABELS[found.decision.disposition]}, {found.decision.by}"
            said = f"lapsed: {said}" if found.decision_note else said
        cells = (hit.name, hit.matched_name.value, hit.list.id, said)
        yield _text(found.status, STYLES[found.status])
        yield Text(score_text(hit.score), justify="right")
        yield Text(str(hit.counterparty.row), justify="right")
        yield from (_text(clip(visible(cell), MAX_CELL)) for cell in cells)

    def _state(self) -> None:
        session = self.app.session
        decided = sum(map(session.is_decided, session.hits))
        parts = [
            f"{self.app.report}: {self._fitting} of {len(session.hits)} hits",
            f"{decided} decided",
            f"{session.made} written to {session.file} now",
        ]
        if self._fitting > MAX_ROWS:
            parts.insert(1, f"the first {MAX_ROWS} shown")
        parts += [f"filter: {self._words}"] if self._words else []
        parts += ["undecided only"] if self._only_open else []
        self.query_one("#state", Static).update(_text(", ".join(parts)))

    @property
    def place(self) -> int | None:
        """Where in the session the hit under the cursor stands; None when no hit fits."""
        line = self.table.cursor_row
        return self._places[line] if 0 <= line < len(self._places) else None

    def action_move(self, by: int) -> None:
        self._go_to(self.table.cursor_row + by)

    def action_end(self, last: bool) -> None:
        self._go_to(len(self._places) - 1 if last else 0)

    def _go_to(self, line: int) -> None:
        if self._places:
            self.table.move_cursor(row=min(max(line, 0), len(self._places) - 1))

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        if self.place is not None:
            self.app.push_screen(OpenHit(self))

    def action_decide(self, disposition: Disposition | None = None) -> None:
        place = self.place
        if place is None:
            return
        hit = self.app.session.hits[place]

        def done(recorded: bool | None) -> None:
            if recorded:
                self.fill(place if self._only_open else place + 1)

        self.app.push_screen(Decide(hit, disposition), done)

    def action_undo(self) -> None:
        session = self.app.session
        try:
            hit = session.undo()
        except ScreeningError as error:
            self.notify(visible(str(error)), severity="error", markup=False)
            return
        if hit is None:
            self.notify("Nothing to undo: this review has recorded no decision.", markup=False)
            return
        self.notify(visible(f"Taken back: {hit.name} / {hit.entity.name}"), markup=False)
        self.fill(next(place for place, other in enumerate(session.hits) if other is hit))

    def action_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.add_class("open")
        field.focus()

    def action_no_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.value = ""
        field.remove_class("open")
        self.table.focus()

    def action_only_open(self) -> None:
        place = self.place or 0
        self._only_open = not self._only_open
        self.fill(place)

    @on(Input.Changed, "#filter")
    def _filtered(self, event: Input.Changed) -> None:
        self._words = event.value
        self.fill()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.query_one("#filter", Input).remove_class("open")
        self.table.focus()


class OpenHit(Screen[None]):
    """One hit in full, as `screening explain` shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", "Next"),
        Binding("k", "move(-1)", "Previous"),
        *DECIDE,
        Binding("escape,q,o", "back", "Back", key_display="esc"),
    ]
    app: Review

    def __init__(self, hits: Hits) -> None:
        super().__init__()
        self._hits = hits

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(id="hit", markup=False)
        yield Footer()

    def on_screen_resume(self) -> None:
        self.show()

    def on_resize(self) -> None:
        self.show()

    def show(self) -> None:
        """Show the hit under the cursor of the table; go back where none fits any more."""
        place = self._hits.place
        if place is None:
            self.action_back()
            return
        session = self.app.session
        hit = session.judged(session.hits[place])
        shown = terminal.render_hits(
            [hit],
            [hit.list],
            explain=True,
            as_of=session.run.manifest.as_of,
            width=max(self.size.width - 4, 20),
            colour=True,
        )
        self.query_one("#hit", Static).update(Text.from_ansi(shown))

    def action_move(self, by: int) -> None:
        self._hits.action_move(by)
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self.show()

    def action_decide(self, disposition: Disposition | None = None) -> None:
        self._hits.action_decide(disposition)

    def action_undo(self) -> None:
        self._hits.action_undo()
        self.show()

    def action_back(self) -> None:
        self.dismiss()


class Decide(ModalScreen[bool]):
    """The form of a decision; True once it is written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("ctrl+s", "record", "Record", priority=True),
    ]
    app: Review

    def __init__(self, hit: Hit, disposition: Disposition | None) -> None:
        super().__init__()
        self._hit = hit
        self._disposition = disposition

    def compose(self) -> ComposeResult:
        hit = self.app.session.judged(self._hit)
        with VerticalScroll(id="form", can_focus=False):
            yield Label(_text(f"{hit.name} / {hit.entity.name} ({hit.list.id})", "bold"))
            if hit.decision and not hit.decision_note:
                made = hit.decision
                yield Label(_text(f"Replaces: {LABELS[made.disposition]} by {made.by} on {made.decided_on}"))
            with RadioSet(id="disposition", compact=True):
                for disposition in DISPOSITIONS:
                    yield RadioButton(LABELS[disposition], value=disposition == self._disposition)
            yield Label("Reason, shown in every later report")
            yield Input(id="reason", compact=True)
            yield Label("Decided by")
            yield Input(self.app.author, id="by", compact=True)
            yield Label("Until, as YYYY-MM-DD (empty: no end)")
            yield Input(id="until", compact=True)
            yield Static(id="problem", markup=False)
            with Horizontal():
                yield Button("Record", variant="primary", id="record")
                yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        self.query_one("#reason" if self._disposition else "#disposition").focus()

    def _value(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value

    @on(Button.Pressed, "#record")
    @on(Input.Submitted)
    def action_record(self) -> None:
        """Write the decision, or say what is wrong with it and stay."""
        chosen = self.query_one(RadioSet).pressed_index
        problem = self.query_one("#problem", Static)
        if chosen < 0:
            problem.update("Is it the same party? Choose one.")
            return
        try:
            self.app.session.decide(
                self._hit,
                DISPOSITIONS[chosen],
                reason=self._value("reason"),
                by=self._value("by"),
                until=self._value("until"),
            )
        except ScreeningError as error:
            problem.update(_text(str(error)))
            return
        self.app.author = self._value("by").strip()
        self.dismiss(True)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(False)
