"""The update against a real server: what it keeps, and what every fault leaves as it was."""

from __future__ import annotations

import gzip
import os
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from screening.errors import UpdateError
from screening.lists.fetch import Policy, fetch, redirect_problem
from screening.lists.sources import Source
from screening.lists.store import Store
from screening.lists.update import Outcome, check, update
from screening.model import Watchlist

from .served import Play, Publisher, Visit, publisher, un_xml

QUICK = Policy(connect=2.0, read=0.4, total=5.0, attempts=3, pause=0.5)
NOW = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
OLD = un_xml(100, "2026-02-20")
NEW = un_xml(101, "2026-02-27")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with publisher() as running:
        yield running


def source(server: Publisher, path: str = "/un.xml", list_id: str = "un-sc", **more: object) -> Source:
    content = {
        "id": list_id,
        "title": "Test",
        "publisher": "Nobody",
        "addresses": (server.address + path,),
        "format": "un-xml",
        "max_megabytes": 1,
    }
    return Source(**(content | more))


def run(folder: Path, *sources: Source, program: str = "1", **more: object) -> tuple[Outcome, ...]:
    slept: list[float] = []
    settings = {"policy": QUICK, "now": lambda: NOW, "sleep": slept.append}
    return update(sources, Store(folder), program=program, **(settings | more))


def kept(folder: Path, list_id: str = "un-sc") -> Watchlist:
    snapshot = Store(folder).find(list_id)
    assert snapshot is not None
    return Store(folder).load(snapshot)


def serves(body: bytes, **headers: str) -> Play:
    return lambda visit: visit.answer(200, body, **headers)


def with_old(folder: Path, server: Publisher, **headers: str) -> None:
    """The store holds the list of 20 February, fetched from this server."""
    server.plays["/un.xml"] = serves(OLD, **headers)
    [outcome] = run(folder, source(server))
    assert (outcome.status, outcome.accepted, outcome.message) == ("new", 100, "")
    server.visits.clear()


# --- what goes well ---------------------------------------------------------------------------------


def test_a_first_update_keeps_the_list_with_all_that_is_known_of_it(
    tmp_path: Path, server: Publisher
) -> None:
    with_old(tmp_path, server, etag='"one"', last_modified="Fri, 20 Feb 2026 10:00:00 GMT")
    info = kept(tmp_path).info
    assert (info.as_of, info.fetched_at, info.checked_at) == (
        "2026-02-20",
        "2026-03-01T06:00:00Z",
        "2026-03-01T06:00:00Z",
    )
    assert info.source == f"{server.address}/un.xml"


def test_what_changed_is_said(tmp_path: Path, server: Publisher) -> None:
    with_old(tmp_path, server)
    body = un_xml(100, "2026-02-27", start=3).replace(
        b"INVENTED</FIRST_NAME><SECOND_NAME>PERSON 7<", b"X</FIRST_NAME><SECOND_NAME>Y<"
    )
    server.plays["/un.xml"] = serves(body)
    [outcome] = run(tmp_path, source(server))
    assert outcome == Outcome(
        list_id="un-sc",
        status="updated",
        as_of="2026-02-27",
        count_check="not-declared",
        accepted=100,
        added=3,
        removed=3,
        changed=1,
    )
    assert len(Store(tmp_path).snapshots("un-sc")) == 2


def test_304_renews_the_date_of_the_check_and_nothing_else(tmp_path: Path, server: Publisher) -> None:
    with_old(tmp_path, server, etag='"one"', last_modified="Fri, 20 Feb 2026 10:00:00 GMT")
    before = kept(tmp_path)
    server.plays["/un.xml"] = lambda visit: visit.answer(304, content_length="")
    [outcome] = run(tmp_path, source(server), now=lambda: datetime(2026, 3, 9, tzinfo=UTC))
    assert (outcome.status, outcome.accepted, outcome.added) == ("unchanged", 100, 0)
    [(_, headers)] = server.visits
    assert headers["if-none-match"] == '"one"'
    assert headers["if-modified-since"] == "Fri, 20 Feb 2026 10:00:00 GMT"
    after = kept(tmp_path)
    assert after.info.checked_at == "2026-03-09T00:00:00Z"
    assert (after.entities, after.info.fetched_at) == (before.entities, before.info.fetched_at)
    assert len(Store(tmp_path).snapshots("un-sc")) == 1
    # The validators survive a 304, so that the next request is conditional too.
    run(tmp_path, source(server))
    assert server.visits[-1][1]["if-none-match"] == '"one"'


@pytest.mark.parametrize("change", ["address", "program", "damage"])
def test_a_request_is_conditional_only_for_what_this_program_read_from_there(
    tmp_path: Path, server: Publisher, change: str
) -> None:
    with_old(tmp_path, server, etag='"one"')
    server.plays["/other.xml"] = server.plays["/un.xml"]
    if change == "damage":
        [record] = (tmp_path / "lists" / "un-sc").glob("*.json")
        record.write_bytes(b"{}")
    [outcome] = run(
        tmp_path,
        source(server, "/other.xml" if change == "address" else "/un.xml"),
        program="2" if change == "program" else "1",
    )
    assert "if-none-match" not in server.visits[-1][1]
    assert outcome.status == ("new" if change == "damage" else "unchanged")
    assert outcome.message.startswith("Not compared") == (change == "damage")
    assert len(kept(tmp_path).entities) == 100


def test_gzip(tmp_path: Path, server: Publisher) -> None:
    server.plays["/un.xml"] = serves(gzip.compress(NEW), content_encoding="gzip")
    [outcome] = run(tmp_path, source(server))
    assert (outcome.status, outcome.accepted) == ("new", 101)
    assert server.visits[0][1]["accept-encoding"] == "gzip"


def test_chunked(tmp_path: Path, server: Publisher) -> None:
    def chunked(visit: Visit) -> None:
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (NEW[:500], NEW[500:]))
        visit.answer(200, chunks + b"0\r\n\r\n", content_length="", transfer_encoding="chunked")

    server.plays["/un.xml"] = chunked
    assert run(tmp_path, source(server))[0].accepted == 101


def test_a_redirect_within_the_mirror(tmp_path: Path, server: Publisher) -> None:
    server.plays["/un.xml"] = lambda visit: visit.answer(302, location="/moved.xml")
    server.plays["/moved.xml"] = serves(NEW)
    assert run(tmp_path, source(server))[0].accepted == 101
    assert kept(tmp_path).info.source == f"{server.address}/un.xml"


def test_the_same_file_again_without_validators_is_unchanged(tmp_path: Path, server: Publisher) -> None:
    with_old(tmp_path, server)
    [outcome] = run(tmp_path, source(server))
    assert (outcome.status, outcome.added, outcome.removed, outcome.changed) == ("unchanged", 0, 0, 0)


def test_a_list_without_a_date_is_of_the_day_it_was_first_fetched(tmp_path: Path, server: Publisher) -> None:
    server.plays["/un.xml"] = serves(un_xml(5, "").replace(b' dateGenerated="T00:00:00.000Z"', b""))
    for day, status in ((1, "new"), (2, "unchanged")):
        [outcome] = run(tmp_path, source(server), now=lambda day=day: datetime(2026, 3, day, tzinfo=UTC))
        assert (outcome.status, outcome.as_of) == (status, "2026-03-01")


def test_damaged_entities_are_fetched_again_even_if_unchanged(tmp_path: Path, server: Publisher) -> None:
    with_old(tmp_path, server, etag='"one"')
    [path] = (tmp_path / "lists" / "un-sc").glob("*.msgpack.gz")
    path.write_bytes(b"")
    [outcome] = run(tmp_path, source(server))
    assert (outcome.status, outcome.added) == ("unchanged", None)
    assert outcome.message.startswith("Not compared with the version before: The snapshot file")
    assert "if-none-match" not in server.visits[-1][1]
    assert len(kept(tmp_path).entities) == 100


@pytest.mark.parametrize("faults", [1, 2])
@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_error_that_passes_is_tried_again_with_growing_pauses(
    tmp_path: Path, server: Publisher, status: int, faults: int
) -> None:
    server.plays["/un.xml"] = lambda visit: (
        visit.answer(status) if visit.count < faults else visit.answer(200, NEW)
    )
    slept: list[float] = []
    assert run(tmp_path, source(server), sleep=slept.append)[0].accepted == 101
    assert slept == [0.5, 1.0][:faults]


def test_several_files_of_one_list(tmp_path: Path, server: Publisher) -> None:
    lines = {
        "sdn.csv": '1,"INVENTED MACHINES",-0- ,"TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n',
        "alt.csv": '1,10,"aka","INVENTED TOOLS",-0- \r\n',
        "add.csv": '1,20,"1 Invented Lane","Nowhere","Cyprus",-0- \r\n',
        "sdn_comments.csv": "",
    }
    changed: list[str] = []
    for name, text in lines.items():
        server.plays[f"/{name}"] = lambda visit, name=name, text=text: (
            visit.answer(304, content_length="")
            if visit.headers.get("if-none-match") == f'"{name}"' and visit.path not in changed
            else visit.answer(200, text.encode() or b"\x1a", etag=f'"{name}"')
        )
    trio = source(
        server,
        list_id="ofac-sdn",
        format="ofac-csv",
        addresses=tuple(f"{server.address}/{name}" for name in lines),
    )
    assert run(tmp_path, trio)[0].status == "new", run(tmp_path, trio)
    [entity] = kept(tmp_path, "ofac-sdn").entities
    assert [name.value for name in entity.names] == ["INVENTED TOOLS"]
    server.visits.clear()
    assert run(tmp_path, trio)[0].status == "unchanged"
    assert len(server.visits) == 4
    # One file changed: the others, which answered 304, are fetched too.
    server.visits.clear()
    changed.append("/alt.csv")
    assert run(tmp_path, trio)[0].status == "unchanged"
    assert len(server.visits) == 7


def test_progress_ends_with_the_whole_file(tmp_path: Path, server: Publisher) -> None:
    server.plays["/un.xml"] = serves(NEW)
    seen: list[tuple[str, int, int | None]] = []
    run(tmp_path, source(server), progress=lambda *step: seen.append(step))
    assert seen[-1] == ("un-sc", len(NEW), len(NEW))


# --- the faults -------------------------------------------------------------------------------------


def slow_start(visit: Visit) -> None:
    time.sleep(1.2)
    visit.answer(200, NEW)


def slow_middle(visit: Visit) -> None:
    visit.send_response(200)
    visit.send_header("content-length", str(len(NEW)))
    visit.end_headers()
    visit.wfile.write(NEW[:1000])
    visit.wfile.flush()
    time.sleep(1.2)


def drip(visit: Visit) -> None:
    visit.send_response(200)
    visit.send_header("content-length", "1000000")
    visit.end_headers()
    try:
        for _ in range(60):
            visit.wfile.write(b"<")
            time.sleep(0.05)
    except OSError:
        return


def hang_up(visit: Visit) -> None:
    visit.connection.close()


def endless(visit: Visit) -> None:
    visit.send_response(200)
    visit.end_headers()
    try:
        while True:
            visit.wfile.write(b"<a>" * 100_000)
    except OSError:
        return


HTML = b"\n<!DOCTYPE html><html><body>Service unavailable</body></html>"
FAULTS: dict[str, tuple[Play, str, int]] = {
    # fault: (what the server does, what the message says, requests made)
    "403": (lambda v: v.answer(403), "answered 403 Forbidden", 1),
    "404": (lambda v: v.answer(404, b"gone"), "answered 404 Not Found", 1),
    "500 always": (lambda v: v.answer(500), r"answered 500 Internal Server Error \(3 attempts\)", 3),
    "204": (lambda v: v.answer(204), "answered 204 No Content", 1),
    "206": (lambda v: v.answer(206, NEW[:900]), "answered 206 Partial Content", 1),
    "304 unasked": (lambda v: v.answer(304, content_length=""), "answered 304 Not Modified", 1),
    "slow to start": (slow_start, "did not answer in time", 3),
    "slow in the middle": (slow_middle, "did not answer in time", 3),
    "a byte now and then": (drip, "sent the file too slowly|could not be fetched whole", 3),
    "hangs up": (hang_up, "could not be fetched whole", 3),
    "truncated": (
        lambda v: v.answer(200, NEW[:-200], content_length=str(len(NEW))),
        "could not be fetched whole.*3 attempts",
        3,
    ),
    "truncated, length of the stump": (serves(NEW[:-200]), "XML", 1),
    "truncated gzip": (serves(gzip.compress(NEW)[:-30], content_encoding="gzip"), "ends early", 3),
    "damaged gzip": (
        serves(gzip.compress(NEW)[:100] + b"\x00" * 50 + gzip.compress(NEW)[150:], content_encoding="gzip"),
        "damaged gzip data",
        3,
    ),
    "not gzip at all": (serves(NEW, content_encoding="gzip"), "damaged gzip data", 3),
    "more after the gzip": (
        serves(gzip.compress(NEW) + b"more", content_encoding="gzip"),
        "more after the end",
        3,
    ),
    "unknown encoding": (serves(NEW, content_encoding="br"), "'br', which was not asked for", 1),
    "a gzip bomb": (
        serves(gzip.compress(b"\0" * 30_000_000), content_encoding="gzip"),
        "larger than 1 MB",
        1,
    ),
    "announced too large": (serves(b"<", content_length="2000000"), "larger than 1 MB", 1),
    "too large without end": (endless, "larger than 1 MB", 1),
    "empty": (serves(b""), "empty file", 3),
    "an HTML page": (serves(HTML, content_type="text/html"), "a web page in place of the list", 1),
    "an HTML page called XML": (
        serves(HTML, content_type="application/xml"),
        "a web page in place of the list",
        1,
    ),
    "another list": (
        serves(b"source,entity_number\n", content_type="text/csv"),
        "no list that can be read",
        1,
    ),
    "no entries": (serves(un_xml(0)), "no party", 1),
    "shrunken": (serves(un_xml(89)), "shrank from 100 to 89 entities", 1),
    "older": (serves(un_xml(101, "2026-02-19")), "of 2026-02-19, older than the snapshot of 2026-02-20", 1),
    "redirect loop": (lambda v: v.answer(302, location="/un.xml"), "redirects more than 5 times", 6),
    "redirect to http": (
        lambda v: v.answer(301, location="http://example.org/un.xml"),
        "redirects to http://example.org/un.xml, which is not an https address",
        1,
    ),
    "redirect to another port": (
        lambda v: v.answer(301, location="http://127.0.0.1:9/"),
        "not an https address",
        1,
    ),
    "redirect to a file": (lambda v: v.answer(302, location="file:///etc/passwd"), "not an https address", 1),
    "redirect to nowhere": (lambda v: v.answer(302), "redirects to nowhere", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_old_snapshot_and_says_what_happened(
    tmp_path: Path, server: Publisher, fault: str
) -> None:
    with_old(tmp_path, server)
    before = kept(tmp_path)
    files = sorted((tmp_path / "lists" / "un-sc").iterdir())
    play, message, requests = FAULTS[fault]
    server.plays["/un.xml"] = play
    policy = Policy(connect=2.0, read=0.3, total=0.5, attempts=3, pause=0.5)
    [outcome] = run(tmp_path, source(server), policy=policy)
    assert outcome.status == "failed"
    with pytest.raises(UpdateError, match=f"(?s)1 list was not updated.*{message}") as caught:
        check([outcome])
    assert caught.value.exit_code == 3
    assert len(server.visits) == requests
    assert kept(tmp_path) == before
    assert sorted((tmp_path / "lists" / "un-sc").iterdir()) == files


def test_one_list_that_fails_leaves_the_others(tmp_path: Path, server: Publisher) -> None:
    server.plays["/good.xml"] = serves(NEW)
    server.plays["/bad.xml"] = lambda visit: visit.answer(404)
    ids = ["a", "b", "c", "d", "e"]
    outcomes = run(
        tmp_path,
        *(source(server, "/bad.xml" if list_id in "bd" else "/good.xml", list_id) for list_id in ids),
    )
    assert [(o.list_id, o.status) for o in outcomes] == [
        ("a", "new"),
        ("b", "failed"),
        ("c", "new"),
        ("d", "failed"),
        ("e", "new"),
    ]
    assert Store(tmp_path).list_ids() == ["a", "c", "e"]
    with pytest.raises(UpdateError, match=r"(?s)2 lists were not updated.*\nb: .*404.*\nd: .*404"):
        check(outcomes)


def test_check_is_silent_when_all_went_well() -> None:
    check([Outcome(list_id="a", status="unchanged")])


def test_lists_are_fetched_side_by_side(tmp_path: Path, server: Publisher) -> None:
    # Each answer waits until all four requests have arrived: one after the other would never end well.
    all_here = threading.Barrier(4)

    def together(visit: Visit) -> None:
        all_here.wait(timeout=20)
        visit.answer(200, NEW)

    server.plays["/un.xml"] = together
    patient = Policy(read=30.0, attempts=1)
    outcomes = run(tmp_path, *(source(server, list_id=name) for name in "abcd"), policy=patient)
    assert [outcome.status for outcome in outcomes] == ["new"] * 4


@pytest.mark.parametrize(("count", "status"), [(90, "updated"), (89, "failed")])
def test_a_tenth_may_go(tmp_path: Path, server: Publisher, count: int, status: str) -> None:
    with_old(tmp_path, server)
    server.plays["/un.xml"] = serves(un_xml(count))
    assert run(tmp_path, source(server))[0].status == status
    assert run(tmp_path, source(server), allow_shrink=True)[0].status != "failed"
    assert len(kept(tmp_path).entities) == count


def test_a_list_in_another_format_than_announced(tmp_path: Path, server: Publisher) -> None:
    server.plays["/un.xml"] = serves(NEW)
    [outcome] = run(tmp_path, source(server, format="ofac-xml"))
    assert "is in the format un-xml; its source announces ofac-xml" in outcome.message


def test_nobody_there(tmp_path: Path) -> None:
    with publisher() as gone:
        address = source(gone)
    [outcome] = run(tmp_path, address)
    assert "could not be fetched whole (3 attempts)" in outcome.message or "(3 attempts)" in outcome.message
    assert Store(tmp_path).list_ids() == []


def test_a_password_in_an_address_is_sent_but_never_shown_or_kept(tmp_path: Path, server: Publisher) -> None:
    server.plays["/un.xml"] = serves(NEW, etag='"one"')
    secret = server.address.replace("http://", "http://user:hunter2@") + "/un.xml"
    run(tmp_path, source(server, addresses=(secret,)))
    assert server.visits[0][1]["authorization"].startswith("Basic ")
    server.plays["/un.xml"] = lambda visit: visit.answer(404)
    [outcome] = run(tmp_path, source(server, addresses=(secret,)))
    assert "hunter2" not in outcome.message
    for path in (tmp_path / "lists" / "un-sc").iterdir():
        assert b"hunter2" not in path.read_bytes()
    assert server.visits[1][1]["if-none-match"] == '"one"'


# --- folders ----------------------------------------------------------------------------------------


def test_a_file_of_an_air_gapped_house(tmp_path: Path) -> None:
    path = tmp_path / "un.xml"
    path.write_bytes(OLD)
    local = Source(id="un-sc", title="T", publisher="P", addresses=(str(path),))
    assert run(tmp_path, local)[0].status == "new"
    assert run(tmp_path, local)[0].status == "unchanged"
    path.write_bytes(NEW)
    assert run(tmp_path, local)[0].added == 1
    # Nobody confirmed that it is the current list: its age counts from its own date.
    assert kept(tmp_path).info.checked_at is None
    path.unlink()
    [outcome] = run(tmp_path, local)
    assert (outcome.status, "is not there" in outcome.message) == ("failed", True)
    assert len(kept(tmp_path).entities) == 101


def test_a_full_disk_while_keeping_a_list(tmp_path: Path, server: Publisher) -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.strip()}")
    try:
        with_old(disk, server)
        before = kept(disk)
        server.plays["/un.xml"] = serves(un_xml(3000))
        [outcome] = run(disk, source(server))
        assert (outcome.status, "No space left on device" in outcome.message) == ("failed", True)
        assert kept(disk) == before
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# --- redirects away from https ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "target", "allowed"),
    [
        ("https://a.example/x", "https://a.example/y", True),
        ("https://a.example/x", "https://b.example/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("http://a.example/x", "https://b.example/y", True),
        ("http://a.example/x", "http://a.example/y", True),
        ("http://me:pw@a.example/x", "http://a.example/y", True),
        ("http://a.example/x", "http://a.example:8080/y", False),
        ("http://a.example/x", "http://b.example/y", False),
        ("https://a.example/x", "ftp://a.example/y", False),
        ("https://a.example/x", "file:///etc/passwd", False),
        ("https://a.example/x", "https:///y", False),
    ],
)
def test_where_a_redirect_may_lead(start: str, target: str, allowed: bool) -> None:
    assert (redirect_problem(start, target) is None) == allowed


def test_https_to_http_is_refused_on_a_real_connection(
    tmp_path: Path, server: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    try:
        request = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        command = [*request.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
        command += ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl cannot make a certificate here")
    with publisher() as secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        address = secure.address.replace("http://", "https://")
        server.plays["/list"] = serves(NEW)
        secure.plays["/down"] = lambda visit: visit.answer(302, location=f"{server.address}/list")
        secure.plays["/stay"] = lambda visit: visit.answer(302, location="/list")
        secure.plays["/list"] = serves(NEW)
        once = Policy(attempts=1)
        with pytest.raises(UpdateError, match=r"(?i)certificate.verify.failed"):
            fetch(f"{address}/list", tmp_path / "file", max_bytes=1_000_000, policy=once)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(UpdateError, match="which is not an https address"):
            fetch(f"{address}/down", tmp_path / "file", max_bytes=1_000_000, policy=once)
        assert server.visits == []
        fetch(f"{address}/stay", tmp_path / "file", max_bytes=1_000_000, policy=once)
        assert (tmp_path / "file").read_bytes() == NEW
