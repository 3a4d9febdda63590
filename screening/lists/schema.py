"""The JSON Schema of a curated watchlist, for editors that complete and check YAML.

It says what a schema can say. Check digits, ids that must resolve, quotations and dates of the calendar are
checked by `screening lists verify`.
"""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from screening.lists.curated import ListFile
from screening.lists.seeds import Seed

# Editors read `46633` and `2024` as numbers where our reader takes every value as text.
_TEXT = {"type": ["string", "number"], "minLength": 1}
_PARTIAL_DATE = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
        {"type": "integer", "minimum": 1000, "maximum": 9999},
    ]
}
_FIELDS: dict[tuple[str, str], dict[str, Any]] = {
    ("ListFile", "id"): {"type": "string", "pattern": r"^[a-z0-9][a-z0-9._-]{0,99}$"},
    ("ListFile", "as_of"): {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    ("ListFile", "entities"): {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Entity"}},
    ("Entity", "id"): {"type": ["string", "number"], "pattern": r"^[^\s:]{1,200}$"},
    ("Entity", "countries"): {"type": "array", "items": {"$ref": "#/$defs/Country"}},
    ("Entity", "birth_dates"): {"type": "array", "items": _PARTIAL_DATE},
    ("Entity", "identifiers"): {
        "anyOf": [
            {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z][a-z0-9-]{1,39}$"},
                "additionalProperties": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
            },
            {"type": "array", "items": {"$ref": "#/$defs/Identifier"}},
        ],
        "description": "scheme: value, or scheme: [values]; or a list of records with notes.",
    },
    ("Name", "script"): {"type": "string", "pattern": "^[A-Z][a-z]{3}$"},
    ("Name", "language"): {"type": "string", "pattern": "^[a-z]{2}$"},
    ("Identifier", "country"): {"$ref": "#/$defs/Country"},
    ("Address", "country"): {"$ref": "#/$defs/Country"},
    ("Listing", "from"): _PARTIAL_DATE,
    ("Listing", "until"): _PARTIAL_DATE,
    ("Relation", "share"): {"type": "number", "minimum": 0, "maximum": 100},
}
_COUNTRY = {
    "type": "string",
    "pattern": "^[A-Z]{2}$",
    "description": "ISO 3166-1 alpha-2. Quote NO (Norway) where an editor reads it as false.",
}


def watchlist_schema() -> dict[str, Any]:
    """The schema of a watchlist file (JSON Schema 2020-12)."""
    return _schema(ListFile, "A watchlist of the program screening")


def seed_schema() -> dict[str, Any]:
    """The schema of a source record (JSON Schema 2020-12)."""
    return _schema(Seed, "A source record (seed) of the program screening")


def _schema(cls: type, title: str) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([cls], ref_template="#/$defs/{name}")
    definitions: dict[str, Any] = {"Country": _COUNTRY}
    for name, component in components.items():
        definition = dict(component)
        definition["description"] = inspect.cleandoc(definition["description"])
        definition["properties"] = {
            key: _FIELDS.get((name, key)) or _adapted(value)
            for key, value in definition["properties"].items()
        }
        definitions[name] = definition
    root = definitions.pop(cls.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": title,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _adapted(value: dict[str, Any]) -> dict[str, Any]:
    """A field as YAML has it: an absent value is an absent key, and text may look like a number."""
    if "anyOf" in value:
        return _adapted(next(option for option in value["anyOf"] if option != {"type": "null"}))
    if value.get("type") == "string":
        return _TEXT
    if value.get("type") == "array":
        return {"type": "array", "items": _adapted(value["items"])}
    return value
