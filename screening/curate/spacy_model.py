"""Names that a spaCy model finds, where the user has installed one. spaCy is no dependency of this program.

Only a package that announces itself as a spaCy model (entry point `spacy_models`, as `spacy.util.get_installed_models`
reads them) is used. Which one is settled by the document's language and the order of the names, so that the same
installation gives the same draft. Without one spaCy is not imported.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, NamedTuple

from screening.curate.document import Sentence
from screening.curate.mentions import Kind, Mention

# Labels of OntoNotes (English, Chinese) and of WikiNER and Nerus (Russian, multi-language).
_KINDS: dict[str, Kind] = {
    "ORG": "organization",
    "PERSON": "person",
    "PER": "person",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
}


class Spotted(NamedTuple):
    """What a model found. model: its name and version, "" where none is installed for the language.

    mentions: (index of the sentence, mention). failure: why it could not be used, in words; "" where it was.
    """

    model: str = ""
    mentions: tuple[tuple[int, Mention], ...] = ()
    failure: str = ""


NOTHING = Spotted()


def installed(language: str) -> str | None:
    """The installed model for a language (en, zh, ru), else one for many languages; the first by name."""
    if find_spec("spacy") is None:
        return None
    names = sorted({entry.name for entry in entry_points(group="spacy_models")})
    return next((n for lead in (language, "xx") for n in names if n.startswith(f"{lead}_")), None)


def find(text: str, sentences: Sequence[Sentence], language: str) -> Spotted:
    """Organisations, people and places that the installed model finds, sentence by sentence."""
    name = installed(language)
    if name is None:
        return NOTHING
    found: list[tuple[int, Mention]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spaCy warns of models made with another version of it
        try:
            pipeline = _load(name)
            model = f"{name} {pipeline.meta['version']}"
            parts = [text[sentence.start : sentence.end] for sentence in sentences]
            for index, read in enumerate(pipeline.pipe(parts)):
                at = sentences[index].start
                found += [(index, mention) for e in read.ents if (mention := _mention(e, at, model))]
        except Exception as error:  # a model is code and data of others, and fails in ways of its own
            said = " ".join(str(error).split())[:120]
            return Spotted(name, failure=f"{type(error).__name__}: {said}")
    return Spotted(model, tuple(found))


@lru_cache(maxsize=3)
def _load(name: str) -> Any:
    import spacy

    return spacy.load(name)


def _mention(entity: Any, offset: int, model: str) -> Mention | None:
    """An entity as a mention, without the article before it and the possessive ending behind it."""
    kind = _KINDS.get(entity.label_)
    name = re.fullmatch(
        r"\W*(?:(?:the|a|an)\s)?(?P<name>[^\x00-\x1f]*?)(?:[’']s)?\s*", entity.text, re.IGNORECASE
    )
    if kind is None or name is None or len(re.findall(r"[^\W\d_]", name["name"])) < 2:
        return None
    start = offset + entity.start_char + name.start("name")
    return Mention(start, start + len(name["name"]), name["name"], kind, f"the spaCy model {model}")
