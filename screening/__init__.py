"""Screen counterparties against watchlists, with the source passage as evidence.

    import screening
    screening.compare("Hikvision Digital", "Hangzhou Hikvision Digital Technology Co., Ltd.")
    screener = screening.Screener(screening.load_watchlists())
    run = screener.screen(dataframe)          # run.hits is a DataFrame, run.manifest a record

The names are loaded when first used, so that importing the package is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screening.api import FrameRun, Screener
    from screening.lists import load_watchlists
    from screening.matching.compare import compare

__version__ = "0.1.0"
__all__ = ["FrameRun", "Screener", "__version__", "compare", "load_watchlists"]

_HOMES = {
    "compare": "screening.matching.compare",
    "load_watchlists": "screening.lists",
    "Screener": "screening.api",
    "FrameRun": "screening.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'screening' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
