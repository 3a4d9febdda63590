"""A small list of invented parties in our YAML, for tests that begin with a file."""

from __future__ import annotations

BRIGHTWATER = """
  - id: brightwater
    type: organization
    name: Brightwater Optics GmbH
"""
IN_GERMANY = "    countries: [DE]\n"
GREYHERON = """
  - id: greyheron
    type: organization
    name: Grey Heron Shipping
"""


def blocked(*entities: str, kind: str = "internal") -> str:
    """The text of a list with these entities, each as YAML."""
    return f"""
id: blocked
title: Blocked suppliers
kind: {kind}
publisher: Example Ltd
as_of: 2026-03-01
licence: internal
entities:
{"".join(entity.lstrip(chr(10)) for entity in entities)}"""
