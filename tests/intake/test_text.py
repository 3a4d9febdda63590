"""Where bytes come from and how they are decoded."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from screening.errors import InputError, ScreeningError, UsageError
from screening.intake import open_table
from tests.intake.helpers import everything, write

GERMAN = "id;name;city\n1;Müller & Söhne GmbH;Köln\n2;Großhandel Weiß AG;Zürich\n3;Ordinary Ltd;London\n"
FRENCH = "id;nom;ville\n1;Société Générale d'Énergie;Besançon\n2;Les Frères Noël;Orléans\n3;Café “Ordinaire” – Paris;Paris\n"
SPANISH = "id;nombre;ciudad\n1;Compañía Española de Petróleos;Málaga\n2;Muñoz e Hijos;Logroño\n"
NORDIC = "id;name\n1;Møller Mærsk A/S\n2;Ålesund Sjømat\n3;Jörgensen AB\n"
RUSSIAN = (
    "id;Наименование;Город\n1;ООО Ромашка;Москва\n2;АО «Северный завод»;Тверь\n"
    "3;ИП Иванов;Казань\n4;Trading House;Riga\n"
)
UKRAINIAN = "id;Назва;Місто\n1;ТОВ Світанок;Київ\n2;ПАТ Електромаш;Львів\n"
CHINESE = (
    "编号,公司名称,地址\n1,上海明远贸易有限公司,上海市浦东新区\n"
    "2,深圳华信电子科技有限公司,广东省深圳市\n3,Ordinary Ltd,London\n"
)
POLISH = "id;nazwa\n1;Łódzka Spółka Węglowa\n2;Przedsiębiorstwo Żegluga Śródlądowa\n3;Gdańskie Zakłady\n"
CZECH = "id;name\n1;Dvořák a synové\n2;Plzeňské závody Škoda\n3;Příbramské doly\n"
TURKISH = "id;name\n1;Türkiye İş Makinaları\n2;Güneş Dağıtım Şirketi\n3;Çağlayan Gıda\n"
OLD_RUSSIAN = RUSSIAN.replace("«", "").replace("»", "")  # without the quotes that older encodings lack
GREEK = "id;name\n1;Ελληνική Εταιρεία Εμπορίου\n2;Αθήνα Ναυτιλιακή\n"
JAPANESE = "id,name\n1,東京電気工業株式会社\n2,大阪さくら商事\n3,北海道フーズ\n"
KOREAN = "id,name\n1,주식회사 한빛전자\n2,서울무역상사\n3,대한기계공업\n"
TAIWANESE = "id,name\n1,臺灣電子股份有限公司\n2,高雄貿易公司\n3,新竹科技\n"
HEBREW = "id,name\n1,חברת האור בעמ\n2,תעשיות הצפון\n"

RECOGNISED = [
    *(
        (text, codec, codec)
        for text in (GERMAN, RUSSIAN, CHINESE, KOREAN, TURKISH)
        for codec in ("utf-8", "utf-8-sig", "utf-16")
    ),
    *((text, "utf-16-le", "utf-16-le") for text in (GERMAN, RUSSIAN, CHINESE)),
    *((text, "utf-16-be", "utf-16-be") for text in (GERMAN, RUSSIAN, CHINESE)),
    ("id;name\n1;Plain\n", "ascii", "utf-8"),
    ("id;name\n1;Plain\n", "utf-16-le", "utf-16-le"),
    (GERMAN, "utf-32", "utf-32"),
    *((text, "cp1252", "cp1252") for text in (GERMAN, FRENCH, SPANISH, NORDIC)),
    ("id;name\n1;Müller\n", "cp1252", "cp1252"),
    ("id;name\n1;Joe’s – Bar\n", "cp1252", "cp1252"),
    ("id;name\n1;MÜLLER SÖHNE\n", "cp1252", "cp1252"),
    (RUSSIAN, "cp1251", "cp1251"),
    (RUSSIAN.upper(), "cp1251", "cp1251"),
    (UKRAINIAN, "cp1251", "cp1251"),
    (CHINESE, "gb18030", "gb18030"),
    (CHINESE, "gbk", "gb18030"),
    (CHINESE, "gb2312", "gb18030"),
]


@pytest.mark.parametrize(("text", "written", "said"), RECOGNISED)
def test_the_encoding_is_recognised_and_said(tmp_path: Path, text: str, written: str, said: str) -> None:
    expected = [tuple(line.replace(";", ",").split(","))[1] for line in text.splitlines()[1:]]
    table = open_table(write(tmp_path, text, encoding=written))
    assert [party.names[0] for party in everything(table)] == expected
    assert table.info.encoding == said


UNDECIDED = [
    (POLISH, "cp1250"), (POLISH, "iso8859-2"), (CZECH, "cp1250"), (TURKISH, "cp1254"), (GREEK, "cp1253"),
    (OLD_RUSSIAN, "koi8-r"), (OLD_RUSSIAN, "cp866"), (OLD_RUSSIAN, "iso8859-5"),
    (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"), (KOREAN, "euc_kr"), (TAIWANESE, "big5"), (HEBREW, "cp1255"),
    ("id;name\n1;Müller\n2;ООО Ромашка\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "written"), UNDECIDED)
def test_other_encodings_are_refused_with_advice_unless_given(
    tmp_path: Path, text: str, written: str | None
) -> None:
    if written is None:
        first, second = text.split("\n2;")
        path = write(tmp_path, first.encode("cp1252") + b"\n2;" + second.encode("cp1251"))
    else:
        path = write(tmp_path, text, encoding=written)
    with pytest.raises(InputError) as caught:
        everything(open_table(path))
    assert "is not UTF-8" in caught.value.message
    assert "line " in caught.value.message
    assert "--encoding" in caught.value.advice
    if written is not None:
        expected = [tuple(line.replace(";", ",").split(","))[1] for line in text.splitlines()[1:]]
        assert [party.names[0] for party in everything(open_table(path, encoding=written))] == expected


def test_one_bad_byte_late_in_a_long_utf8_file_is_found(tmp_path: Path) -> None:
    rows = "".join(f"{n};Société {n} Générale\n" for n in range(200_000))
    path = write(tmp_path, b"id;name\n" + rows.encode() + b"200000;Caf\xe9\n")
    with pytest.raises(InputError, match="line 200002 holds the bytes E9"):
        open_table(path)


def test_a_late_byte_decides_between_ascii_and_cp1252(tmp_path: Path) -> None:
    rows = "".join(f"{n};Ordinary {n}\n" for n in range(200_000))
    table = open_table(write(tmp_path, b"id;name\n" + rows.encode() + "x;Café Müller\n".encode("cp1252")))
    assert table.info.encoding == "cp1252"
    assert list(table.batches())[-1].names[-1] == ("Café Müller",)


def test_truncated_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="byte order mark"):
        open_table(write(tmp_path, GERMAN.encode("utf-16")[:-1]))
    with pytest.raises(InputError, match="byte order mark"):
        open_table(write(tmp_path, GERMAN.encode("utf-8-sig") + b"\xc3"))


def test_a_given_encoding_must_exist_and_fit(tmp_path: Path) -> None:
    path = write(tmp_path, GERMAN, encoding="cp1252")
    with pytest.raises(UsageError, match="'klingon' is not a known encoding"):
        open_table(path, encoding="klingon")
    with pytest.raises(UsageError, match="'base64' is not a known encoding"):
        open_table(path, encoding="base64")
    with pytest.raises(InputError, match="cannot be read as utf-8: line 2 holds the bytes FC"):
        open_table(path, encoding="utf-8")
    assert open_table(path, encoding="latin-1").info.encoding == "iso8859-1"


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    for encoding in (None, "utf-8"):
        table = open_table(write(tmp_path, "name,id\nA,1\n", encoding="utf-8-sig"), encoding=encoding)
        assert table.info.columns["name"] == ("name",)


def test_the_hash_is_over_the_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, GERMAN, encoding="utf-16")
    assert open_table(path).info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


# --- what is no table ----------------------------------------------------------------------------

REFUSED = [
    (b"", "is empty (0 bytes)"),
    (b"\n\n \n", "holds only blank lines"),
    (b"\xef\xbb\xbf", "holds only blank lines"),
    (b"name,id\nA\0B,1\n", "holds a NUL byte at offset 9"),
    (b"name,id\n" + b"A,1\n" * 100_000 + b"\0", "holds a NUL byte at offset 400,008"),
    (bytes(range(256)) * 40, "NUL byte"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "NUL byte"),
    (b"\x1f\x8b\x08\0abc", "compressed (gzip)"),
    (b"%PDF-1.7\n", "PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password-protected XLSX"),
    (b"PK\x03\x04garbage", "damaged ZIP or XLSX"),
    (b"PK\x05\x06" + b"\0" * 18, "empty ZIP archive"),
    (b"PAR1garbage", "not a readable Parquet file"),
    (b"<!DOCTYPE html><html></html>", "HTML or XML page"),
    (b"<?xml version='1.0'?><a/>", "HTML or XML page"),
    (b'[{"name": "A"}]', "one JSON array, not JSON lines"),
    (b"{broken\n", "holds no JSON object (line 1: no valid JSON"),
]


@pytest.mark.parametrize(("data", "said"), REFUSED)
def test_bad_bytes_are_refused_with_a_message_of_their_own(tmp_path: Path, data: bytes, said: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(InputError) as caught:
        everything(open_table(path))
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.advice
    assert caught.value.exit_code == 2


def test_a_missing_file_a_directory_and_a_bad_path(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "no.csv", "does not exist"),
        (tmp_path, "is a directory"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            open_table(path)
        assert caught.value.advice


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = write(tmp_path, GERMAN)
    path.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        open_table(path)


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "name\n" + "A\n" * 100)
    batches = open_table(path, batch_rows=10).batches()
    next(batches)
    with path.open("a") as stream:
        stream.write("B\n")
    with pytest.raises(InputError, match="changed while it was read"):
        list(batches)


def test_standard_input_and_pipes(tmp_path: Path) -> None:
    code = (
        "from screening.intake import open_table; t = open_table('-'); "
        "print([b.counterparty(i).names for b in t.batches() for i in range(len(b))], "
        "t.info.path, t.info.sha256, t.info.encoding)"
    )
    data = GERMAN.encode("cp1252")
    ran = subprocess.run(
        [sys.executable, "-c", code],
        input=data,
        capture_output=True,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )
    said = ran.stdout.decode()
    assert "Müller & Söhne GmbH" in said
    assert f" - {hashlib.sha256(data).hexdigest()} cp1252" in said
    assert list(tmp_path.iterdir()) == []  # the copy is gone


def test_standard_input_that_cannot_be_kept_or_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"name\nA\n")))
    with pytest.raises(InputError, match="standard input cannot be copied to a temporary file") as caught:
        open_table("-")
    assert "TMPDIR" in caught.value.advice
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputError, match="Standard input is closed"):
        open_table("-")


def test_empty_standard_input_is_named() -> None:
    code = "from screening.intake import open_table; open_table('-')"
    ran = subprocess.run([sys.executable, "-c", code], input=b"", capture_output=True, check=False)
    assert b"standard input is empty" in ran.stderr


@pytest.mark.skipif(os.name == "nt", reason="named pipes are elsewhere on Windows")
def test_a_named_pipe_is_read_once_and_kept(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write('name\\nA\\n')"])
    table = open_table(pipe)
    assert writer.wait(30) == 0
    assert [party.names for party in everything(table)] == [("A",)]
    assert [party.names for party in everything(table)] == [("A",)]


def test_errors_are_of_the_family(tmp_path: Path) -> None:
    with pytest.raises(ScreeningError):
        open_table(tmp_path / "missing")
