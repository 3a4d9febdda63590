"""`screening draft`, `draft review` and `lists fmt`, from documents to a list that can be screened with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.curate.made import bomb, docx, pdf

TEXT = """\
Officials accused Acme Optics Co., Ltd. of Ningbo of smuggling drone engines to Russia.

The engines were made by Bolt Motors Inc. Acme Optics denied the accusation, said its lawyer, Grace Miller.
"""
OWN = """\
# Kept by hand.
id: own
title: Own
kind: adverse-media
publisher: Example Ltd
as_of: "2026-01-01"
entities:
  # The first entry.
  - id: old
    type: organization
    name: Old Entry Ltd
"""


@pytest.fixture
def folder(workplace: Path) -> Path:
    (workplace / "report.txt").write_text(TEXT)
    return workplace


def test_a_draft_names_targets_others_goods_and_what_it_wrote(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    result = invoke("draft", "report.txt", "-o", "drafted.yml")
    assert result.exit_code == 0
    assert "proposed as targets: 1\n  organization Acme Optics Co., Ltd." in result.stdout
    assert "      alleges, P1, 0-87: Officials accused Acme Optics" in result.stdout
    assert "  bystander   Bolt Motors Inc: " in result.stdout
    assert "  denial      Grace Miller: " in result.stdout
    assert "  engines for drones and missiles: 1 x" in result.stdout
    assert result.stderr.splitlines()[:2] == ["wrote drafted.yml", "wrote seeds/report.yml"]
    drafted = yaml.safe_load((folder / "drafted.yml").read_text())
    assert drafted["status"] == "draft"
    assert (folder / "drafted.yml").read_text().startswith("# A draft, made by `screening draft`")


def test_a_draft_is_no_list_to_screen_against(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    invoke("draft", "report.txt", "-o", "drafted.yml")
    assert invoke("lists", "verify", "drafted.yml").exit_code == 2
    assert invoke("check", "Acme Optics", "-w", "drafted.yml").exit_code == 2


def test_a_draft_overwrites_nothing(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    assert invoke("draft", "report.txt", "-o", "drafted.yml").exit_code == 0
    again = invoke("draft", "report.txt", "-o", "drafted.yml")
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)
    other = invoke("draft", "report.txt", "-o", "other.yml")
    assert (other.exit_code, "seeds/report.yml exists already" in other.stderr) == (2, True)
    assert not (folder / "other.yml").exists()


def test_the_files_do_not_depend_on_the_order_of_sets(folder: Path, run_process) -> None:  # type: ignore[no-untyped-def]
    labelled = sorted((Path(__file__).parents[1] / "cases" / "documents").glob("*.txt"))[::7]
    documents = []
    for path in labelled:
        documents.append(folder / path.name)
        documents[-1].write_text(re.sub(r"\[\[([^|]+)\|[^\]]+\]\]", r"\1", path.read_text("utf-8")), "utf-8")
    written = []
    for seed in ("0", "1", "2"):
        (folder / seed).mkdir()
        done = run_process("draft", *documents, "-o", f"{seed}/drafted.yml", env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        written.append([path.read_bytes() for path in sorted((folder / seed).rglob("*.yml"))])
    assert len(written[0]) == len(documents) + 1
    assert written[0] == written[1] == written[2]


OUTPUTS = [
    "drafted.txt",
    "Drafted List.yml",
    "-.yml",
    "missing/drafted.yml",
    "../../../proc/x.yml",
    "a\nb.yml",
    ".yml",
]


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_wrong_output_is_refused_before_anything_is_read(folder: Path, invoke, name: str) -> None:  # type: ignore[no-untyped-def]
    before = sorted(folder.rglob("*"))
    result = invoke("draft", "report.txt", f"--output={name}")
    assert result.exit_code == 2
    assert sorted(folder.rglob("*")) == before


def test_source_records_stay_beside_the_draft_whatever_the_document_is_called(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    names = ["..%2f..%2fetc.txt", "...txt", "a b;c.txt", "報告.txt", "-x.txt", "CON .txt"]
    for name in names:
        (folder / name).write_text(TEXT)
    assert invoke("draft", "-o", "drafted.yml", "--", *names).exit_code == 0
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*.yml")}
    assert written == {
        "drafted.yml",
        *(f"seeds/{n}.yml" for n in yaml.safe_load((folder / "drafted.yml").read_text())["documents"]),
    }
    assert len(written) == len(names) + 1
    assert all(name.count("/") < 2 and ".." not in name.split("/") for name in written)


HOSTILE = {
    "bomb.pdf": (lambda: pdf([["x"]], streams={1: bomb(600)}), 2),
    "scan.pdf": (lambda: pdf([["x"]], picture=[1]), 2),
    "part.pdf": (lambda: pdf([["x"], ["Officials accused Acme Optics Ltd of fraud."]], picture=[1]), 3),
    "entity.docx": (lambda: docx([], body=b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), 2),
    "nul.txt": (lambda: b"Acme\0", 2),
    "escape.txt": (lambda: b"Officials accused Acme\x1b]0;owned\x07 Optics Ltd of smuggling." + b" Nothing." * 60, 0),
    "script.html": (lambda: b"<script>alert(1)</script><p>Officials accused Acme Optics Ltd of smuggling.", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_documents_end_with_a_status_and_no_escape(folder: Path, run_process, name: str) -> None:  # type: ignore[no-untyped-def]
    make, status = HOSTILE[name]
    (folder / name).write_bytes(make())
    done = run_process("draft", name, "-o", "drafted.yml")
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"\x07" not in done.stdout + done.stderr
    assert (folder / "drafted.yml").exists() is (status != 2)
    if status == 2:
        assert name.encode() in done.stderr


def review(invoke, *answers: str, output: str = "list.yml"):  # type: ignore[no-untyped-def]
    return invoke(
        "draft", "review", "drafted.yml", "-o", output, stdin="".join(f"{a}\n" for a in answers).encode()
    )


def test_a_review_accepts_edits_and_rejects_with_a_reason(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    invoke("draft", "report.txt", "-o", "drafted.yml")
    result = review(
        invoke,
        "e publisher Example Ltd", "e title Reported parties", "a",
        "# the company", "e id acme", "e countries CN", "e alias Acme Lenses", "e summary Said to smuggle engines.", "a",
        "r", "r A maker, not accused", "accept",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "1 of 3: Acme Optics Co., Ltd. (organization, CN)" in result.stdout
    assert "    Officials accused [Acme Optics Co., Ltd.] of Ningbo of smuggling" in result.stdout
    assert "A rejection needs a reason." in result.stdout
    listed = yaml.safe_load((folder / "list.yml").read_text())
    assert (listed["title"], listed["publisher"]) == ("Reported parties", "Example Ltd")
    (entity,) = listed["entities"]
    assert (entity["id"], entity["countries"]) == ("acme", ["CN"])
    assert {"value": "Acme Lenses"} in entity["names"]
    assert {e["summary"] for e in entity["evidence"]} == {"Said to smuggle engines."}
    seed = yaml.safe_load((folder / "seeds" / "report.yml").read_text())
    assert {"name": "Bolt Motors Inc", "paragraphs": [2], "reason": "A maker, not accused"} in seed[
        "not_targets"
    ]
    assert invoke("lists", "verify", "list.yml").exit_code == 0
    assert "1. match" in invoke("check", "Acme Optics", "--country", "CN", "-w", "list.yml").stdout


def test_a_review_can_be_left_and_taken_up_again(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    invoke("draft", "report.txt", "-o", "drafted.yml")
    first = review(invoke, "a", "a", "s", "q")
    assert first.exit_code == 3
    assert "open proposals: 2 of 3; no list was written." in first.stderr
    assert not (folder / "list.yml").exists()
    second = review(invoke, "a", "a", "a")
    assert second.exit_code == 0
    assert "1 of 2: " in second.stdout


def test_a_reviewed_list_can_grow_and_keeps_its_comments(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    (folder / "own.yml").write_text(OWN)
    invoke("draft", "report.txt", "-o", "drafted.yml")
    assert review(invoke, "e id own", "a", "a", "a", "a", output="own.yml").exit_code == 0
    text = (folder / "own.yml").read_text()
    assert [e["id"] for e in yaml.safe_load(text)["entities"]] == ["old", "acme-optics-co-ltd"]
    assert "# Kept by hand." in text
    assert "  # The first entry.\n  - id: old" in text


WRONG = [
    "e role villain",
    "e countries XX",
    "e id a b",
    "e nothing x",
    "e identifier imo:1234567",
    "m 9",
    "x",
    "e name",
    "e stance \x1b",
]


@pytest.mark.parametrize("answer", WRONG)
def test_a_wrong_answer_is_said_and_asked_again(folder: Path, invoke, answer: str) -> None:  # type: ignore[no-untyped-def]
    invoke("draft", "report.txt", "-o", "drafted.yml")
    result = review(invoke, "a", answer, "a", "a", "a")
    assert result.exit_code == 0
    assert result.stdout.count("1 of 3: ") == 2
    assert "\x1b" not in result.stdout


def test_a_review_without_targets_writes_no_list(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    invoke("draft", "report.txt", "-o", "drafted.yml")
    result = review(invoke, "a", "r not so", "a", "a")
    assert (result.exit_code, (folder / "list.yml").exists()) == (2, False)
    assert "No target was accepted" in result.stderr


def test_a_review_that_would_write_a_broken_list_writes_nothing(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    (folder / "own.yml").write_text(OWN.replace("kind: adverse-media", "kind: nonsense"))
    invoke("draft", "report.txt", "-o", "drafted.yml")
    before = (folder / "own.yml").read_bytes()
    assert review(invoke, "a", "a", "a", "a", output="own.yml").exit_code == 2
    assert (folder / "own.yml").read_bytes() == before


def test_fmt_changes_the_form_alone(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    messy = OWN.replace("id: own\n", "").replace("title: Own", "title:   'Own'\nid: own  # the id")
    (folder / "own.yml").write_text(messy)
    assert invoke("lists", "fmt", "--check", "own.yml").exit_code == 1
    assert (folder / "own.yml").read_text() == messy
    assert invoke("lists", "fmt", "own.yml").exit_code == 0
    assert yaml.safe_load((folder / "own.yml").read_text()) == yaml.safe_load(messy)
    assert invoke("lists", "fmt", "--check", "own.yml").exit_code == 0
    (folder / "bad.yml").write_text("a: [")
    assert invoke("lists", "fmt", "own.yml", "bad.yml").exit_code == 2


def test_evaluate_prints_measures_and_mistakes(folder: Path, invoke) -> None:  # type: ignore[no-untyped-def]
    (folder / "set").mkdir()
    (folder / "set" / "a.txt").write_text("Officials accused [[Acme Optics Ltd|o:bystander]] of smuggling.")
    result = invoke("draft", "evaluate", "set", "--errors")
    assert result.exit_code == 0
    assert "1 documents, 1 names marked, 1 found" in result.stdout
    assert "a.txt: Acme Optics Ltd (organization): marked bystander, found target" in result.stdout
    assert invoke("draft", "evaluate", "nowhere").exit_code == 2
