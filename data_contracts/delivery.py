"""The outside of a delivery: is it what it says it is, whole, readable, and of a size one would read."""

import codecs
import csv
import gzip
import hashlib
import io
import stat
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.problems import Problem, Problems

CHUNK = 1 << 20
MAX_COLUMNS = 1000
MAX_CELL = 1_000_000
MAX_UNPACKED = 200_000_000
MAX_RATIO = 100
CONTENTS = {
    b"\x1f\x8b": "gzip",
    b"PAR1": "parquet",
    b"PK\x03\x04": "a zip or xlsx archive",
    b"\xd0\xcf\x11\xe0": "an Office file",
}
EXTENSIONS = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".parquet": "parquet", ".gz": "gzip"}


@dataclass(frozen=True)
class Delivery:
    """A delivery that may be read: where its clean bytes lie, its columns in order, and what was normalised on the way."""

    name: str
    path: Path
    sha256: str
    format: str
    columns: tuple[str, ...]
    normalised: tuple[str, ...] = ()
    original: Path = Path()
    stamp: tuple[int, int, int] = (0, 0, 0)

    @property
    def unchanged(self) -> bool:
        """Whether the file is still the one that was hashed."""
        return _stamp(self.original) == self.stamp


def open_delivery(path: Path, delimiter: str, encoding: str, scratch: Path, patience: float = 5.0) -> Delivery:
    """The delivery in a file, its clean copy in `scratch` where one is needed; raises Problems when it is refused whole.

    `patience` is how many seconds a file that is still growing is waited for.
    """
    _regular(path)
    (sha256, stamp), content = _stable_digest(path, patience), _content(path)
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if EXTENSIONS.get(suffixes[-1] if suffixes else "") != content:
        raise _refused(
            path,
            "content that is what the extension says (csv, txt, tsv, parquet, gz)",
            content,
            "Rename or export it again.",
        )
    if content == "parquet":
        return Delivery(path.name, path, sha256, content, _parquet_columns(path), (), path, stamp)
    source = _unpacked(path, scratch) if content == "gzip" else path
    clean, normalised = _clean_text(source, path, encoding, scratch)
    return Delivery(path.name, clean, sha256, "csv", _header(clean, path, delimiter), normalised, path, stamp)


def _refused(path: Path, expected: str, actual: str, next_step: str) -> Problems:
    return Problems([Problem(path.name, expected, actual, next_step)])


def _regular(path: Path) -> None:
    try:
        mode = path.lstat()
    except OSError as error:
        raise _refused(path, "a file", error.strerror or "none", "Check the path.") from error
    if not stat.S_ISREG(mode.st_mode):
        raise _refused(path, "a regular file", "a link, folder or device", "Deliver the file itself.")
    if mode.st_size == 0:
        raise _refused(path, "a header and rows", "an empty file", "Export it again.")


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _stable_digest(path: Path, patience: float) -> tuple[str, tuple[int, int, int]]:
    """SHA-256 in hex of a file that did not change while it was read, and the stamp it had."""
    deadline = time.monotonic() + patience
    while True:
        before = _stamp(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if _stamp(path) == before:
            return digest, before
        if time.monotonic() > deadline:
            raise _refused(path, "a file at rest", "one still being written", "Deliver it when it is complete.")
        time.sleep(0.2)


def _content(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    return next((kind for magic, kind in CONTENTS.items() if head.startswith(magic)), "csv")


def _cap(path: Path) -> int:
    return max(MAX_UNPACKED, MAX_RATIO * path.stat().st_size)


def _unpacked(path: Path, scratch: Path) -> Path:
    """The unpacked file in `scratch`; a file that unpacks to far more than it is gets refused at the cap."""
    target, written, cap = scratch / f"{path.stem}.unpacked", 0, _cap(path)
    try:
        with gzip.open(path) as packed, target.open("wb") as out:
            while chunk := packed.read(CHUNK):
                written += out.write(chunk)
                if written > cap:
                    raise _refused(path, f"at most {cap:,} bytes unpacked", "more", "Deliver it in parts.")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _refused(path, "a whole gzip file", str(error), "Transfer it again.") from error
    return target


def _clean_text(source: Path, path: Path, encoding: str, scratch: Path) -> tuple[Path, tuple[str, ...]]:
    """The text as UTF-8 without byte order mark and with one kind of line end, and what had to be changed for it."""
    normalised = _scan(source, path, encoding)
    if not normalised:
        return source, ()
    target = scratch / f"{source.name}.clean"
    reading = "utf-8-sig" if encoding == "utf-8" else encoding
    with source.open(encoding=reading, newline=None) as old, target.open("w", encoding="utf-8", newline="\n") as new:
        while text := old.read(CHUNK):
            new.write(text)
    return target, normalised


def _scan(source: Path, path: Path, encoding: str) -> tuple[str, ...]:
    """What must be normalised; raises Problems when the text is not in its declared encoding or holds NUL."""
    decoder, found = codecs.getincrementaldecoder(encoding)("strict"), dict.fromkeys(("\r\n", "\r", "\n"), 0)
    with source.open("rb") as file:
        marked = encoding == "utf-8" and file.read(3) == codecs.BOM_UTF8
        file.seek(0)
        offset, last = 0, ""
        while chunk := file.read(CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                place = f"byte {offset + error.start}"
                raise _refused(
                    path, f"{encoding} text", f"other bytes near {place}", "Declare the encoding or export as UTF-8."
                ) from error
            if "\0" in text:
                raise _refused(path, "text", "NUL bytes (perhaps UTF-16)", "Export it as UTF-8.")
            if "\r" in text or last == "\r":
                both = text.count("\r\n") + (last == "\r" and text.startswith("\n"))
                found["\r\n"], found["\r"] = found["\r\n"] + both, found["\r"] + text.count("\r") - both
                found["\n"] -= both
            found["\n"] += text.count("\n")
            offset, last = offset + len(chunk), text[-1:]
    return tuple(
        ["byte order mark"] * marked
        + ["line ends"] * (sum(map(bool, found.values())) > 1)
        + ["encoding"] * (encoding != "utf-8")
    )


def _header(clean: Path, path: Path, delimiter: str) -> tuple[str, ...]:
    with clean.open(encoding="utf-8", newline="") as file:
        text = file.read(MAX_CELL)
    if text.lower().startswith("sep="):
        raise _refused(path, "a header", "a sep= line", "Remove the first line.")
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    others = [mark for mark in ",;\t|" if mark != delimiter and mark in text.partition("\n")[0]]
    if len(names) == 1 and others:
        raise _refused(
            path,
            f"columns divided by {delimiter!r}",
            f"a header with {others[0]!r}",
            "Declare the delimiter in a layout.",
        )
    if len(names) > MAX_COLUMNS:
        raise _refused(path, f"at most {MAX_COLUMNS} columns", f"{len(names):,}", "Export fewer columns.")
    _once(path, names)
    return tuple(names)


def _once(path: Path, names: list[str]) -> None:
    folded = [name.strip().casefold() for name in names]
    if twice := sorted({name for name in folded if folded.count(name) > 1}):
        places = [" and ".join(str(at) for at, each in enumerate(folded, 1) if each == name) for name in twice]
        raise Problems(
            Problem(f"{path.name}: header", "each column once", f"columns {each} alike", "Rename or drop one.")
            for each in places
        )


def _parquet_columns(path: Path) -> tuple[str, ...]:
    """The columns of a Parquet file that is whole and does not unpack to more than its size allows."""
    try:
        metadata = pq.ParquetFile(path).metadata
    except (pa.ArrowException, OSError) as error:
        raise _refused(path, "a whole Parquet file", str(error).splitlines()[0], "Transfer it again.") from error
    stated = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    if max(stated, metadata.num_rows * metadata.num_columns) > _cap(path):
        raise _refused(path, f"at most {_cap(path):,} bytes unpacked", "more", "Deliver it in parts.")
    names = list(metadata.schema.to_arrow_schema().names)
    if len(names) > MAX_COLUMNS:
        raise _refused(path, f"at most {MAX_COLUMNS} columns", f"{len(names):,}", "Export fewer columns.")
    _once(path, names)
    return tuple(names)
