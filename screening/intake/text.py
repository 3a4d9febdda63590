"""Bytes to text: where a table comes from, its hash, its encoding."""

from __future__ import annotations

import codecs
import hashlib
import io
import itertools
import os
import re
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from screening.errors import InputError, UsageError

CHUNK = 1 << 20
LINE_LIMIT = 64 << 20
"""Bytes of one line. A file without line breaks must not be held in memory as one line."""
_SAMPLED_LINES = 20_000
_SAMPLED_BYTES = 4 << 20


class Source:
    """A table's bytes, readable from the start as often as needed.

    path: what messages and the manifest call it ("-" for standard input). Standard input and pipes are copied to a
    temporary file that goes when the source does.
    """

    def __init__(self, path: str | Path, at: Path | None = None) -> None:
        """at: where the bytes are, when path is only what they are called (the copy of a remote file)."""
        self.path = str(path)
        self.shown = "standard input" if self.path == "-" else self.path
        self._file = self._locate() if at is None else at
        try:
            with self._file.open("rb") as stream:
                self.head = stream.read(1 << 16)
        except (OSError, ValueError) as problem:
            raise self._unreadable(problem) from problem
        self._stamp = self._stat()
        if not self.head:
            raise InputError(f"{self.shown} is empty (0 bytes).", "A table has at least a header line.")

    @property
    def name(self) -> str:
        """The file name in lower case, for its ending."""
        return Path(self.path).name.lower()

    @property
    def file(self) -> Path:
        """Where the bytes are."""
        return self._file

    def open(self) -> BinaryIO:
        """The bytes from the start. Raises InputError when they are no longer the ones first read."""
        try:
            stream = self._file.open("rb")
        except OSError as problem:
            raise self._unreadable(problem) from problem
        self.check_unchanged()
        return stream

    def check_unchanged(self) -> None:
        """Raise InputError when the file was written to since it was opened first."""
        if self._stat() != self._stamp:
            raise InputError(
                f"{self.shown} changed while it was read.", "Run again when nothing writes to it."
            )

    def sha256(self) -> str:
        """SHA-256 of all bytes, as hex."""
        with self.open() as stream:
            digest = hashlib.sha256()
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
            return digest.hexdigest()

    def _locate(self) -> Path:
        if self.path == "-":
            if sys.stdin is None:
                raise InputError(
                    "Standard input is closed.", "Pipe a table into the program, or name a file."
                )
            return self._spool(sys.stdin.buffer)
        path = Path(self.path)
        try:
            if path.is_dir():
                raise InputError(
                    f"{self.shown} is a directory.", "Name one file: CSV, TSV, XLSX, JSON lines or Parquet."
                )
            if path.is_char_device() or path.is_block_device():
                raise InputError(
                    f"{self.shown} is a device, not a file.", "Name a file, or - for standard input."
                )
            if path.exists() and not path.is_file():
                with path.open("rb") as stream:
                    return self._spool(stream)
        except (OSError, ValueError) as problem:
            raise self._unreadable(problem) from problem
        return path

    def _spool(self, stream: BinaryIO) -> Path:
        try:
            handle, name = tempfile.mkstemp(prefix="screening-")
            self._spooled = weakref.finalize(self, _remove, name)
            # read1 gives what is there: between two reads Ctrl-C is heard, however slowly the input comes.
            read = getattr(stream, "read1", stream.read)
            with os.fdopen(handle, "wb") as copy:
                while chunk := read(CHUNK):
                    copy.write(chunk)
        except OSError as problem:
            raise InputError(
                f"{self.shown} cannot be copied to a temporary file: {problem.strerror or problem}.",
                "Free some space, or set TMPDIR to a folder with room for the input.",
            ) from problem
        return Path(name)

    def _stat(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except OSError as problem:
            raise self._unreadable(problem) from problem
        return found.st_size, found.st_mtime_ns

    def _unreadable(self, problem: OSError | ValueError) -> InputError:
        if isinstance(problem, FileNotFoundError):
            return InputError(f"{self.shown} does not exist.", "Check the path.")
        if isinstance(problem, PermissionError):
            return InputError(
                f"{self.shown} may not be read by this user.", "Change its permissions or run as its owner."
            )
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        return InputError(f"{self.shown} cannot be read: {reason}.", "Check the path.")


def _remove(name: str) -> None:
    Path(name).unlink(missing_ok=True)


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ADVISED = (
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "koi8-r",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
)


def encoding_of(source: Source, given: str | None) -> str:
    """The Python codec that decodes the whole source without loss.

    given: the user's --encoding, or None to recognise it. Every byte is decoded strictly, in pieces.
    Raises UsageError for an unknown codec; InputError when a byte does not decode, when the bytes are not text, or when
    more than one 8-bit encoding may be meant.
    """
    if given is not None:
        return _given(source, given)
    codec = next((codec for bom, codec in _BOMS if source.head.startswith(bom)), None)
    if codec is not None:
        fault = _fault(source, codec)
        if fault:
            raise InputError(
                f"{source.shown} begins with the byte order mark of {codec}, but {fault}.",
                "The file is damaged: export it again.",
            )
        return codec
    facts = _facts(source)
    if facts.nul is not None:
        wide = _without_bom(source)
        if wide is None:
            raise InputError(
                f"{source.shown} is not a text file: it holds a NUL byte at offset {facts.nul:,}.",
                "Give CSV, TSV, XLSX, JSON lines or Parquet.",
            )
        return wide
    fault = _fault(source, "utf-8")
    if fault is None:
        return "utf-8"
    return _eight_bit(source, fault)


def _given(source: Source, given: str) -> str:
    try:
        info = codecs.lookup(given)
        "".encode(info.name)
    except (LookupError, UnicodeError, ValueError):
        raise UsageError(
            f"--encoding: {given!r} is not a known encoding.", "Examples: utf-8, cp1252, gb18030."
        ) from None
    codec = info.name
    if codec == "utf-8" and source.head.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    fault = _fault(source, codec)
    if fault:
        raise InputError(
            f"{source.shown} cannot be read as {given}: {fault}.", "Give the encoding it was written in."
        )
    if not codec.startswith(("utf-16", "utf-32")) and _facts(source).nul is not None:
        raise InputError(f"{source.shown} is not a text file: it holds NUL bytes.", "Give the table as text.")
    return codec


class _Facts(NamedTuple):
    nul: int | None


def _facts(source: Source) -> _Facts:
    """The first NUL byte, if any; refuses a line longer than LINE_LIMIT."""
    nul: int | None = None
    unbroken = offset = 0
    with source.open() as stream:
        while chunk := stream.read(CHUNK):
            if nul is None and (at := chunk.find(b"\0")) >= 0:
                nul = offset + at
            breaks = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            unbroken = len(chunk) - breaks - 1 if breaks >= 0 else unbroken + len(chunk)
            if unbroken > LINE_LIMIT:
                raise InputError(
                    f"{source.shown} has a line of more than {LINE_LIMIT >> 20} MB.",
                    "It is no table of counterparties.",
                )
            offset += len(chunk)
    return _Facts(nul)


def _fault(source: Source, codec: str) -> str | None:
    """Where strict decoding stops, in words; None when all of it decodes."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    line = 1
    with source.open() as stream:
        while True:
            chunk = stream.read(CHUNK)
            pending = decoder.getstate()[0]
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                data = problem.object
                # The decoder may have kept a few bytes of the chunk before; they hold no line break.
                place = line + _breaks(data[: problem.start])
                bad = data[problem.start : problem.end] or pending
                shown = " ".join(f"{byte:02X}" for byte in bad[:4])
                return f"line {place} holds the bytes {shown} ({problem.reason})"
            except UnicodeError as problem:
                return f"line {line} does not decode ({problem})"
            if not chunk:
                return None
            line += _breaks(chunk)


def _breaks(data: bytes) -> int:
    return data.count(b"\n") or data.count(b"\r")


def _without_bom(source: Source) -> str | None:
    """UTF-16 without a byte order mark: NUL bytes at one parity only, ASCII with a line break, all of it decodable."""
    head = source.head[: len(source.head) // 2 * 2]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) or max(even, odd) * 20 < len(head) // 2:
        return None
    codec = "utf-16-le" if odd else "utf-16-be"
    text = head.decode(codec, "replace")
    if "\n" not in text and "\r" not in text:
        return None
    if not all(c.isprintable() or c in "\t\r\n\x1b\u200e\u200f\ufffd\u3000\xa0" for c in text):
        return None
    return codec if _fault(source, codec) is None else None


# --- 8-bit encodings and GB18030 ------------------------------------------------------------------

# Letters beyond ASCII of the languages written in each Windows encoding. A word is explained by an encoding when the
# letters of one language cover it, so "Dvoøák" (Czech read as Western) is not.
_WESTERN = (
    "äöüßÄÖÜ", "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸ", "áéíñóúüÁÉÍÑÓÚÜ", "àáâãçéêíóôõúüÀÁÂÃÇÉÊÍÓÔÕÚÜ", "àèéìíîòóùúÀÈÉÌÍÎÒÓÙÚ",
    "åæøéÅÆØÉ", "åäöéÅÄÖÉ", "ëïéèöüóáçÉËÏÖ", "àçèéíïòóúüÀÇÈÉÍÏÒÓÚÜ", "áðéíóúýþæöÁÐÉÍÓÚÝÞÆÖ",
)  # fmt: skip
_CENTRAL = (
    "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ", "áäčďéíĺľňóôŕšťúýžÁÄČĎÉÍĹĽŇÓÔŔŠŤÚÝŽ", "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",
    "ăâîşţĂÂÎŞŢ", "čćđšžČĆĐŠŽ", "äöüßÄÖÜ",
)  # fmt: skip
_TURKISH = ("çğıöşüâîûÇĞİÖŞÜÂÎÛ", *_WESTERN[:-1])
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўјљњћђџѓќѕ")
_COMMON_CYRILLIC = frozenset(
    "оеаинтрс"
)  # 58 % of the letters of Russian text; under 35 % of text in another encoding
_SIGNS = str.maketrans(dict.fromkeys("“”‘’„‚–—…«»‹›€®™©°§º·•\xa0№´\xad†‡", " "))
_ASCII_BREAK = re.compile(r"[\x00-\x40\[-`{-\x7f]+")
# Frequent characters of Chinese company names, addresses, personal names and table headers. A file that is Chinese has
# more than a third of its characters here; 3,755 equally likely characters would have under a tenth.
_COMMON_HAN = frozenset(
    "有限公司责任股份集团技术科技贸易进出口国际工业中国北京上海广东深圳市区县省路号街道镇村大厦楼室座新华东南西北江河湖山海州安"
    "名称地址编号电话传真联系人备注日期客户供应商企业法定代表注册信用统一社会姓性别男女出生身份证国籍城市产品货物描述银行分行支"
    "电子机械设备制造实业发展投资管理咨询服务信息网络软件通信材料化学药生物医疗器食品能源建设工程环保汽车航空物流运输商务文化"
    "研究院所大学中心厂业金光明天成达德宝力源泰盛兴隆丰永合和平正长远洋龙凤鑫亿恒信诚智创联众伟芳娜秀英敏静丽强磊军勇艳杰娟涛"
    "超王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟田任"
    "的一是不在了人为以个时要可以部门经理总务部门品牌型规格数量单价额合同订单自用最终用途目不知道无"
)


def _eight_bit(source: Source, fault: str) -> str:
    lines = _sample(source)
    scores = {
        codec: score(lines)
        for codec, score in (("cp1252", _western), ("cp1251", _cyrillic), ("gb18030", _chinese))
        if _fault(source, codec) is None
    }
    likely = [codec for codec, score in scores.items() if score >= 0.9]
    if len(likely) == 1 and (likely[0] != "cp1252" or not _better_elsewhere(lines)):
        return likely[0]
    possible = [codec for codec in _ADVISED if _fault(source, codec) is None]
    if not possible:
        advice = "The file is damaged or mixes encodings: export it again, best as UTF-8."
    else:
        advice = (
            f"Say which with --encoding, or export the file as UTF-8. It decodes as {', '.join(possible)}; "
            "only one of these gives the right letters."
        )
    raise InputError(
        f"{source.shown} is not UTF-8 ({fault}), and its encoding cannot be told with certainty.", advice
    )


def _sample(source: Source) -> list[bytes]:
    """Distinct lines with bytes beyond ASCII, from the whole file, bounded."""
    found: dict[bytes, None] = {}
    size = 0
    with source.open() as stream:
        for line in stream:
            if not line.isascii() and line not in found:
                found[line] = None
                size += len(line)
                if len(found) >= _SAMPLED_LINES or size >= _SAMPLED_BYTES:
                    break
    return list(found)


def _words(lines: list[bytes], codec: str) -> Iterator[str]:
    """Distinct words with a character beyond ASCII, typographic signs aside."""
    seen: set[str] = set()
    for line in lines:
        for word in _ASCII_BREAK.split(line.decode(codec, "replace").translate(_SIGNS)):
            if word and not word.isascii() and word not in seen:
                seen.add(word)
                yield word


def _share(lines: list[bytes], codec: str, explained: Callable[[str], bool]) -> float:
    verdicts = [explained(word) for word in _words(lines, codec)]
    return sum(verdicts) / len(verdicts) if verdicts else 1.0


def _western(lines: list[bytes]) -> float:
    return _share(lines, "cp1252", lambda word: _covered(word, _WESTERN))


def _covered(word: str, languages: tuple[str, ...]) -> bool:
    beyond = {c for c in word if c > "\x7f"}
    if len(word) > 3 and sum(c > "\x7f" for c in word) * 3 > len(word) * 2:
        return False  # no language with these letters spells a word mostly with them
    if any(a.islower() and b.isupper() and b > "\x7f" for a, b in itertools.pairwise(word)):
        return False
    return any(beyond <= set(letters) for letters in languages)


def _better_elsewhere(lines: list[bytes]) -> bool:
    """Whether a neighbour of cp1252 explains the words better: then it is not decided by guessing.

    Turkish wins a tie, because the only letters it decodes otherwise (ğ ı ş) are rare Icelandic ones in cp1252.
    """
    western = _western(lines)
    central = _share(lines, "cp1250", lambda word: _covered(word, _CENTRAL))
    turkish = _share(lines, "cp1254", lambda word: _covered(word, _TURKISH))
    differs = any(c in "ÐÝÞðýþ" for word in _words(lines, "cp1252") for c in word)
    return central > western or turkish > western or (differs and turkish >= western)


def _cyrillic(lines: list[bytes]) -> float:
    letters = common = 0

    def explained(word: str) -> bool:
        nonlocal letters, common
        lower = word.lower()
        letters += len(word)
        common += sum(c in _COMMON_CYRILLIC for c in lower)
        cased = word[1:].islower() or word.isupper() or len(word) == 1
        return cased and lower[0] not in "ьъ" and all(c in _CYRILLIC for c in lower)

    share = _share(lines, "cp1251", explained)
    return share if letters and common / letters >= 0.42 else 0.0


def _chinese(lines: list[bytes]) -> float:
    text = [c for line in lines for c in line.decode("gb18030", "replace") if c > "\x7f"]
    han = [c for c in text if "\u4e00" <= c <= "\u9fff"]
    if not han or sum(c in _COMMON_HAN for c in han) < 0.2 * len(han):
        return 0.0
    level_1 = sum(_in_level_1(c) for c in han)
    signs = sum("\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" or c in "·—…“”‘’《》" for c in text)
    return (level_1 + signs) / len(text)


def _in_level_1(character: str) -> bool:
    """Whether the character is among the 3,755 of GB 2312 level 1, the common ones."""
    try:
        return 0xB0 <= character.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False


def text_stream(source: Source, codec: str) -> io.TextIOWrapper:
    """The source as text; line ends are kept as they are."""
    return io.TextIOWrapper(source.open(), encoding=codec, errors="strict", newline="")
