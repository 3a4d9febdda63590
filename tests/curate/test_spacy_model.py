"""A spaCy model that the user has installed. The tests install a small one of their own making."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from screening.curate import spacy_model
from screening.curate.canonical import render
from screening.curate.draft import Drafted, make_draft
from screening.curate.readers import read_document
from screening.lists.seeds import Seed

spacy: ModuleType = pytest.importorskip("spacy", reason="the extra spacy is not installed")

# No rule knows these names: lower case, a lone word at the head of a sentence, Chinese without a word for a body.
TEXT = (
    "Quillon was founded in 2009.\n\n"
    "Officials accused the vennholt collective of supplying drones to Russia.\n\n"
    "The US Treasury sanctioned Brightwater Optics GmbH."
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages, on the path of this process."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    spacy_model._load.cache_clear()
    yield folder
    spacy_model._load.cache_clear()
    for package in folder.iterdir():
        sys.modules.pop(package.name, None)


def install(site: Path, name: str, entities: dict[str, str], version: str = "1.2.3") -> Path:
    """A package as `spacy package` makes it, with a pipeline that knows some words: words -> label."""
    pipeline = spacy.blank(name[:2])
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": words} for words, label in entities.items()])
    pipeline.meta.update(name=name[3:], version=version)
    package = site / name
    package.mkdir()
    pipeline.to_disk(package / f"{name}-{version}")
    (package / "meta.json").write_text(json.dumps(pipeline.meta), encoding="utf-8")
    (package / "__init__.py").write_text(
        "from spacy.util import load_model_from_init_py\n\n\n"
        "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n",
        encoding="utf-8",
    )
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(f"[spacy_models]\n{name} = {name}\n", encoding="utf-8")
    return package


def draft(folder: Path, text: str = TEXT) -> Drafted:
    path = folder / "report.txt"
    path.write_text(text, encoding="utf-8")
    return make_draft([read_document(path)], "drafted")


def known(seed: Seed) -> dict[str, tuple[str, str]]:
    return {item.what: (item.value, item.because) for item in seed.known}


def roles(drafted: Drafted) -> dict[str, str]:
    return {item.name: item.role for item in drafted.draft.proposals}


def test_without_a_model_the_rules_stand_alone(tmp_path: Path) -> None:
    drafted = draft(tmp_path)
    assert roles(drafted) == {"Brightwater Optics GmbH": "target", "US Treasury": "accuser"}
    assert known(drafted.seeds[0])["found by"][0] == "rules and word lists, without a language model"
    assert drafted.draft.notes == ()


def test_a_model_adds_what_the_rules_do_not_find_and_the_record_says_so(tmp_path: Path, site: Path) -> None:
    entities = {"Quillon": "ORG", "the vennholt collective": "ORG", "Brightwater": "PERSON", "Russia": "GPE"}
    install(site, "en_test_one", entities)
    drafted = draft(tmp_path)
    assert roles(drafted) == {
        "vennholt collective": "target",
        "Brightwater Optics GmbH": "target",
        "Quillon": "bystander",
        "US Treasury": "accuser",
    }
    (target,) = (item for item in drafted.draft.proposals if item.name == "vennholt collective")
    assert target.evidence[0].passage == TEXT[30:102]
    said = known(drafted.seeds[0])
    assert (
        said["found by"][0]
        == "rules and word lists, and where they say nothing the spaCy model en_test_one 1.2.3"
    )
    assert said["found by the model alone"] == (
        "Quillon (P1, 0-7); vennholt collective (P2, 52-71)",
        "the rules say nothing there",
    )
    assert drafted.draft.notes == (
        "report.txt: 2 mentions were found by the spaCy model en_test_one 1.2.3 alone.",
    )
    assert render(draft(tmp_path).draft) == render(drafted.draft)


def test_spacy_is_not_imported_where_no_model_is_installed(tmp_path: Path) -> None:
    draft(tmp_path)
    program = (
        "import sys; from pathlib import Path; from screening.curate.draft import make_draft; "
        "from screening.curate.readers import read_document; "
        "make_draft([read_document(Path(sys.argv[1]))], 'drafted'); sys.exit('spacy' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "report.txt")]
    assert subprocess.run(command, check=False).returncode == 0


def test_a_model_tells_the_kind_where_the_rules_see_capitals_alone(tmp_path: Path, site: Path) -> None:
    text = "On Friday Quillon Vennholt met buyers. Later Quillon Vennholt left."
    assert [item.type for item in draft(tmp_path, text).draft.proposals] == ["organization"]
    install(site, "en_test_one", {"Quillon Vennholt": "PERSON"})
    (item,) = draft(tmp_path, text).draft.proposals
    assert (item.name, item.type, len(item.mentions)) == ("Quillon Vennholt", "person", 2)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (TEXT, "en_test_one"),
        ("据报道，北塔光学向俄罗斯供应芯片。", "zh_test"),
        ("Заря-Оптика поставляла станки.", "xx_test"),
    ],
)
def test_the_language_and_the_order_of_names_choose(
    tmp_path: Path, site: Path, text: str, model: str
) -> None:
    for name in ("en_test_two", "xx_test", "zh_test", "en_test_one"):
        install(site, name, {"Quillon": "ORG", "北塔光学": "ORG", "Заря-Оптика": "ORG"}, version="4.5.6")
    assert known(draft(tmp_path, text).seeds[0])["found by"][0].endswith(f"the spaCy model {model} 4.5.6")


@pytest.mark.parametrize("broken", ["config.cfg", "meta.json"])
def test_a_model_that_cannot_be_used_is_said_and_the_rules_go_on(
    tmp_path: Path, site: Path, broken: str
) -> None:
    package = install(site, "en_test_one", {"Quillon": "ORG"})
    (package / "en_test_one-1.2.3" / broken).write_text("{", encoding="utf-8")
    (package / broken).write_text("{", encoding="utf-8")
    drafted = draft(tmp_path)
    assert roles(drafted) == {"Brightwater Optics GmbH": "target", "US Treasury": "accuser"}
    said = known(drafted.seeds[0])
    assert said["found by"][0] == "rules and word lists, without a language model"
    assert said["not used"][0] == "the spaCy model en_test_one"
    assert drafted.draft.notes[0].startswith("report.txt: the spaCy model en_test_one could not be used (")
