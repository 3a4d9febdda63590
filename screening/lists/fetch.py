"""Fetches one file over HTTP, whole or not at all.

Every doubt is a failure: a body shorter than announced, a compressed stream that ends early, a page in
place of the file, a redirect away from https. Failures that may pass are tried again, with growing pauses.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from screening.errors import UpdateError
from screening.lists.sources import shown
from screening.lists.store import Validator
from screening.model import Record

if TYPE_CHECKING:
    import httpx

_CHUNK = 1 << 18
_REDIRECTS = (301, 302, 303, 307, 308)
# Answers that say "later", not "no" (RFC 9110, 15.5.9 and 15.6; RFC 6585, 4).
_LATER = (408, 425, 429, 500, 502, 503, 504)
_PAGE = (b"<!doctype html", b"<html")

# Bytes received so far, and bytes announced (None: not announced).
Progress = Callable[[int, int | None], None]


class Policy(Record, frozen=True, kw_only=True):
    """How patient a download is. Times in seconds.

    connect, read: for a connection, and for each piece of the body. total: for one attempt; 600 s carry 120
    MB at 0.2 MB a second, and end a server that sends a byte now and then. attempts: including the first.
    pause: before the second attempt; doubled before each further one. redirects: followed at most (RFC 9110
    warns of five).
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 600.0
    attempts: int = 4
    pause: float = 1.0
    redirects: int = 5


class _MayPassError(UpdateError):
    """A failure that another attempt may not meet."""


def fetch(
    address: str,
    target: Path,
    *,
    max_bytes: int,
    validator: Validator | None = None,
    policy: Policy = Policy(),  # noqa: B008
    sleep: Callable[[float], None] = time.sleep,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Validator | None:
    """Writes the file behind an address to target. Returns what the server gave to ask for changes later.

    validator: of the version at hand; None is returned, and nothing is left at target, when the server says
    that it is still the current one (304). max_bytes: of the file, unpacked. stop: ends the download early
    when set.
    Raises UpdateError when the file cannot be had whole, OSError when target cannot be written.
    """
    stop = stop or threading.Event()
    for attempt in range(1, policy.attempts + 1):
        try:
            return _attempt(address, target, max_bytes, validator, policy, progress, stop)
        except _MayPassError as error:
            if attempt == policy.attempts:
                tries = f" ({attempt} attempts)" if attempt > 1 else ""
                raise UpdateError(f"{error.message.rstrip('.')}{tries}.", error.advice) from error
            sleep(policy.pause * 2 ** (attempt - 1))
    raise UpdateError(f"{shown(address)} was not tried.", "Allow at least one attempt.")


def redirect_problem(start: str, target: str) -> str | None:
    """Why a redirect must not be followed, or None.

    start: the address configured. Only https is safe from being changed on the way. An http address is one
    the user chose, for a mirror inside the house; it may lead on within the same host and port.
    """
    from urllib.parse import urlsplit

    there, here = urlsplit(target), urlsplit(start)
    if there.scheme == "https" and there.hostname:
        return None
    if there.scheme == "http" and here.scheme == "http" and there.netloc == here.netloc.rpartition("@")[2]:
        return None
    return f"it redirects to {shown(target)}, which is not an https address"


def _attempt(
    address: str,
    target: Path,
    max_bytes: int,
    validator: Validator | None,
    policy: Policy,
    progress: Progress | None,
    stop: threading.Event,
) -> Validator | None:
    import httpx

    headers = {"Accept-Encoding": "gzip", "User-Agent": "screening (sanctions list update)"}
    if validator and validator.etag:
        headers["If-None-Match"] = validator.etag
    if validator and validator.last_modified:
        headers["If-Modified-Since"] = validator.last_modified
    timeout = httpx.Timeout(policy.read, connect=policy.connect)
    deadline = time.monotonic() + policy.total
    url = address
    _check_stop(address, stop)
    try:
        with httpx.Client(timeout=timeout, follow_redirects=False) as client:
            for _ in range(policy.redirects + 1):
                with client.stream("GET", url, headers=headers) as response:
                    if response.status_code in _REDIRECTS:
                        url = _next(address, response)
                        continue
                    if response.status_code == 304 and validator is not None:
                        return None
                    _check_status(address, response)
                    _receive(address, response, target, max_bytes, deadline, progress, stop)
                    return Validator(
                        address=shown(address),
                        etag=response.headers.get("etag"),
                        last_modified=response.headers.get("last-modified"),
                    )
            raise UpdateError(
                f"{shown(address)} redirects more than {policy.redirects} times.",
                "Look for the list's new address and give it in your sources file.",
            )
    except httpx.TimeoutException as error:
        raise _MayPassError(f"{shown(address)} did not answer in time.", "Try again later.") from error
    except httpx.InvalidURL as error:
        raise UpdateError(
            f"{shown(address)} is not an address: {error}.", "Correct the sources file."
        ) from error
    except httpx.HTTPError as error:
        raise _MayPassError(
            f"{shown(address)} could not be fetched whole: {error}.",
            "Check the network (a proxy is taken from HTTPS_PROXY), or try again later.",
        ) from error


def _check_stop(address: str, stop: threading.Event) -> None:
    if stop.is_set():
        raise UpdateError(f"The download of {shown(address)} was interrupted.")


def _next(start: str, response: httpx.Response) -> str:
    location = response.headers.get("location", "")
    target = str(response.url.join(location))
    problem = "it redirects to nowhere" if not location else redirect_problem(start, target)
    if problem:
        raise UpdateError(
            f"{shown(start)} is refused: {problem}.",
            "Look for the list's new address and give it in your sources file.",
        )
    return target


def _check_status(address: str, response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    message = f"{shown(address)} answered {status} {response.reason_phrase}".rstrip() + "."
    if status in _LATER:
        raise _MayPassError(message, "Try again later.")
    raise UpdateError(message, "Look for the list's new address and give it in your sources file.")


def _receive(
    address: str,
    response: httpx.Response,
    target: Path,
    max_bytes: int,
    deadline: float,
    progress: Progress | None,
    stop: threading.Event,
) -> None:
    """Writes the body to target, unpacked. Raises UpdateError when it is too large, slow, cut, or a page."""
    announced = response.headers.get("content-length", "")
    total = int(announced) if announced.isdecimal() else None
    too_large = UpdateError(
        f"{shown(address)} is larger than {max_bytes / 1_000_000:,.0f} MB.",
        "If the list really is that large, raise max_megabytes in your sources file.",
    )
    if total is not None and total > max_bytes:
        raise too_large
    size = 0
    begin = b""
    with target.open("wb") as file:
        for piece in _unpacked(address, response, deadline, stop):
            size += len(piece)
            if size > max_bytes:
                raise too_large
            if len(begin) < 1024:
                begin += piece[:1024]
            file.write(piece)
            if progress:
                progress(response.num_bytes_downloaded, total)
    if not size:
        raise _MayPassError(f"{shown(address)} answered with an empty file.", "Try again later.")
    if begin.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE):
        raise UpdateError(
            f"{shown(address)} answered with a web page in place of the list.",
            "Open the address in a browser to see what it says; the list may have moved.",
        )


def _unpacked(
    address: str, response: httpx.Response, deadline: float, stop: threading.Event
) -> Iterator[bytes]:
    """The body in pieces, unpacked where it is gzip.

    httpx would unpack too, but takes a gzip stream that ends early for a whole one.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise UpdateError(
            f"{shown(address)} answered in the encoding {encoding!r}, which was not asked for.",
            "Try a mirror.",
        )
    packed = encoding in ("gzip", "x-gzip")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in response.iter_raw(_CHUNK):
        _check_stop(address, stop)
        if time.monotonic() > deadline:
            raise _MayPassError(f"{shown(address)} sent the file too slowly.", "Try again later.")
        if not packed:
            yield piece
            continue
        rest = piece
        while rest:
            try:
                yield unpacker.decompress(rest, _CHUNK)
            except zlib.error as error:
                raise _MayPassError(f"{shown(address)} sent damaged gzip data: {error}.") from error
            if unpacker.eof and unpacker.unused_data:
                raise _MayPassError(f"{shown(address)} sent more after the end of its gzip data.")
            rest = unpacker.unconsumed_tail
    if packed:
        yield unpacker.flush()
    if packed and not unpacker.eof:
        raise _MayPassError(f"{shown(address)} sent a file that ends early.", "Try again later.")
