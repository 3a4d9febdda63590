"""Settings kept in a file: screening.toml, or [tool.screening] of pyproject.toml, in the working directory.

The command line goes before the environment, the environment before the file, the file before the defaults.
Paths are relative to the working directory, which is where the file is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from screening.errors import UsageError
from screening.model import Record
from screening.settings import DEFAULT, Score, Settings, out_of_range, refuse

FILE = "screening.toml"
PROJECT_FILE = "pyproject.toml"
MAX_BYTES = 1 << 20

FAIL_ON = ("match", "review", "never", "new-match", "new-review", "changed")
RedFlag = Literal[
    "military-end-use", "destination-mismatch", "free-zone", "freight-forwarder", "listed-address"
]
FailOn = Literal["match", "review", "never", "new-match", "new-review", "changed"]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Thresholds(Record, frozen=True, kw_only=True):
    """Scores 0-100 from which a row is to be reviewed, and from which it is a match."""

    review: Score | None = None
    match: Score | None = None


class Config(Record, frozen=True, kw_only=True, rename="kebab"):
    """What a file may set. map: role -> header or headers. max_age: as "2d". red_flags_off: rules that do not count."""

    watchlists: tuple[Text, ...] = ()
    thresholds: Thresholds = Thresholds()
    map: dict[str, Text | tuple[Text, ...]] = msgspec.field(default_factory=dict)
    decisions: tuple[Text, ...] = ()
    baseline: Text | None = None
    fail_on: FailOn = "review"
    max_age: Text | None = None
    reports: tuple[Text, ...] = ()
    log: Text | None = None
    red_flags_off: tuple[RedFlag, ...] = ()


class Loaded(NamedTuple):
    """The settings of a file. source: what to call it, "" where there is none. given: dotted names it sets."""

    config: Config = Config()
    source: str = ""
    given: frozenset[str] = frozenset()


class Setting(NamedTuple):
    """One effective setting: its dotted name, its value in words, and where it comes from."""

    name: str
    value: str
    origin: str


def load(folder: Path) -> Loaded:
    """The settings of the file in a folder, or the defaults where there is none.

    Raises UsageError when a file cannot be read or is wrong, when a key is unknown (the nearest known one is named),
    and when both files set something: which of them counts would be a guess.
    """
    own = _table(folder / FILE)
    project = _table(folder / PROJECT_FILE)
    tool = project.get("tool") if project else None
    section = tool.get("screening") if isinstance(tool, dict) else None
    if own is not None and section is not None:
        raise UsageError(
            f"Both {FILE} and [tool.screening] of {PROJECT_FILE} hold settings.",
            "Keep them in one of the two.",
        )
    if own is not None:
        return _read(own, FILE)
    if section is not None:
        return _read(section, f"{PROJECT_FILE} [tool.screening]")
    return Loaded()


def settings(config: Config) -> Settings:
    """The thresholds and red flags of a config over the defaults.

    A match threshold is never below the review threshold.
    """
    review, match = config.thresholds.review, config.thresholds.match
    chosen = DEFAULT.thresholds
    if match is not None:
        chosen = msgspec.structs.replace(chosen, match=match, review=min(match, chosen.review))
    if review is not None:
        chosen = msgspec.structs.replace(chosen, review=review, match=max(review, chosen.match))
    off = {name.replace("-", "_"): False for name in config.red_flags_off}
    flags = msgspec.structs.replace(DEFAULT.red_flags, **off)
    return msgspec.structs.replace(DEFAULT, thresholds=chosen, red_flags=flags)


def option_defaults(config: Config) -> dict[str, dict[str, Any]]:
    """What the config means for the commands: command -> parameter -> value, as if given on the command line."""
    screen: dict[str, Any] = {
        "watchlist": list(config.watchlists),
        "mapping": [f"{role}={header}" for role, header in _headers(config)],
        "decisions": list(config.decisions),
        "baseline": config.baseline,
        "fail_on": config.fail_on,
        "max_age": config.max_age,
        "output": list(config.reports),
        "log": config.log,
    }
    defaults = {"screen": screen, "check": {"watchlist": list(config.watchlists)}}
    if len(config.decisions) == 1:
        defaults["decide"] = defaults["review"] = {"decisions": config.decisions[0]}
    return {command: {key: v for key, v in of.items() if v} for command, of in defaults.items()}


def effective(loaded: Loaded) -> list[Setting]:
    """Every setting of a file with its value and origin."""
    config = loaded.config
    thresholds = settings(config).thresholds
    values = {
        "watchlists": ", ".join(config.watchlists) or "the built-in lists",
        "thresholds.review": f"{thresholds.review:g}",
        "thresholds.match": f"{thresholds.match:g}",
        "map": ", ".join(f"{role}={header}" for role, header in _headers(config)) or "recognised by header",
        "decisions": ", ".join(config.decisions) or "none",
        "baseline": config.baseline or "none",
        "fail-on": config.fail_on,
        "max-age": config.max_age or "as the sources of the lists say",
        "reports": ", ".join(config.reports) or "the terminal only",
        "log": config.log or "none",
        "red-flags-off": ", ".join(config.red_flags_off) or "none",
    }
    return [
        Setting(name, value, loaded.source if name in loaded.given else "default")
        for name, value in values.items()
    ]


def _headers(config: Config) -> Iterator[tuple[str, str]]:
    for role, headers in config.map.items():
        for header in (headers,) if isinstance(headers, str) else headers:
            yield role, header


def _table(path: Path) -> dict[str, Any] | None:
    """The TOML in a file, None where there is no file."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check the file."
        ) from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path.name} is larger than {MAX_BYTES >> 20} MB.", "It is no settings file.")
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path.name} is not valid TOML: {error}.", "Correct the file.") from error


def _read(table: object, source: str) -> Loaded:
    if not isinstance(table, dict):
        raise UsageError(f"{source} is not a table of settings.", "Write [tool.screening] and keys below it.")
    unknown = [*_unknown(table, Config, ""), *_unknown(table.get("thresholds"), Thresholds, "thresholds.")]
    if unknown:
        raise UsageError(f"{source}: unknown {', '.join(unknown)}.", f"Known: {', '.join(_names())}.")
    try:
        config = msgspec.convert(table, Config)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        place = where.strip("`").removeprefix("$.").removeprefix("$") or "the file"
        raise UsageError(f"{source}: {place}: {what}.", "Correct the value.") from error
    thresholds = config.thresholds
    refuse([*out_of_range(thresholds, "thresholds.")], thresholds.review, thresholds.match, f"{source}: ")
    if config.max_age is not None:
        from screening.lists.freshness import parse_age

        try:
            parse_age(config.max_age)
        except UsageError as error:
            raise UsageError(f"{source}: max-age: {error.message}", error.advice) from error
    given = {key for key in table if key != "thresholds"}
    given |= {f"thresholds.{key}" for key in table.get("thresholds", {})}
    return Loaded(config, source, frozenset(given))


def _unknown(table: object, record: type[Record], prefix: str) -> Iterator[str]:
    """Keys of a table that a record does not have, in words."""
    known = [field.encode_name for field in msgspec.structs.fields(record)]
    for key in table if isinstance(table, Mapping) else ():
        if key not in known:
            from screening.lists.strict_yaml import nearest

            yield f"key {prefix}{nearest(key, known)}"


def _names() -> list[str]:
    names = [field.encode_name for field in msgspec.structs.fields(Config) if field.name != "thresholds"]
    return [*names, *(f"thresholds.{field.encode_name}" for field in msgspec.structs.fields(Thresholds))]
