"""Where the pipeline runs over many parts.

An engine is a module with ``start(address: str) -> Engine``. Add a line to ENGINES and its name works with --engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from screening.engines.interface import Engine
from screening.errors import UsageError

ENGINES: dict[str, str] = {
    "local": "screening.engines.local",
    "dask": "screening.engines.dask",
    "spark": "screening.engines.spark",
}


def engine(wanted: str) -> Engine:
    """The engine that --engine names: NAME or NAME://ADDRESS.

    Raises UsageError for one that is not known, whose extra is not installed, or that cannot be reached.
    """
    name, _, address = wanted.partition("://")
    if name not in ENGINES:
        raise UsageError(f"There is no engine {name!r}.", f"Use one of {', '.join(ENGINES)}.")
    return cast(Engine, import_module(ENGINES[name]).start(address))
