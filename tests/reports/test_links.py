"""Only plain web addresses become links."""

from __future__ import annotations

import pytest

from screening.reports.links import LONGEST, safe_url, xml_text


@pytest.mark.parametrize(
    "address",
    ["https://lists.example/1001", "http://lists.example:8080/a?b=c&d=%20#e", "HTTPS://LISTS.EXAMPLE/"],
)
def test_links(address: str) -> None:
    assert safe_url(address) == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "P4, 812-975",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//lists.example/x",
        "https://",
        "https:///path",
        "https://user:secret@lists.example/",
        "https://lists.example@evil.example/",
        " https://lists.example/",
        "https://lists.example/a b",
        "https://lists.example/\n",
        'https://lists.example/"onclick="x',
        "https://lists.example/<b>",
        "https://\u202elists.example/",
        "https://[::1",
        "https://lists.example/" + "x" * LONGEST,
    ],
)
def test_no_links(address: str | None) -> None:
    assert safe_url(address) is None


def test_xml_text() -> None:
    assert xml_text("a\x00b\ufffe\ud800\tc\n") == "a\ufffdb\ufffd\ufffd\tc\n"
