"""A web server on the loopback address that plays what publishers' servers do, good and bad."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Play = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request. `count` is how often its path was asked for before."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Publisher)
        path = self.path.partition("?")[0]
        self.count = sum(seen == path for seen, _ in server.visits)
        server.visits.append((path, {key.lower(): value for key, value in self.headers.items()}))
        self.close_connection = True
        server.plays[path](self)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the visits are kept instead."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer; a header's name has underscores for hyphens. content_length may lie."""
        self.send_response(status)
        given = {"content_length": str(len(body))} | headers
        for name, value in given.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return  # The client hung up first, which is what some tests want.


class Publisher(ThreadingHTTPServer):
    """Serves each path as `plays` says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.plays: dict[str, Play] = {}
        self.visits: list[tuple[str, dict[str, str]]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def publisher() -> Iterator[Publisher]:
    """A server that runs until the block ends."""
    server = Publisher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def un_xml(count: int, day: str = "2026-02-27", *, start: int = 0, name: str = "INVENTED") -> bytes:
    """A list in the format of the United Nations with so many invented people."""
    people = "".join(
        f"<INDIVIDUAL><DATAID>{n}</DATAID><FIRST_NAME>{name}</FIRST_NAME>"
        f"<SECOND_NAME>PERSON {n}</SECOND_NAME>"
        f"<UN_LIST_TYPE>Test</UN_LIST_TYPE><REFERENCE_NUMBER>TEi.{n:03}</REFERENCE_NUMBER>"
        "<LISTED_ON>2020-01-01</LISTED_ON><COMMENTS1>Invented.</COMMENTS1></INDIVIDUAL>\n"
        for n in range(start, start + count)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<CONSOLIDATED_LIST dateGenerated="{day}T00:00:00.000Z">'
        f"<INDIVIDUALS>{people}</INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>\n"
    ).encode()
