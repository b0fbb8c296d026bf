"""Data given as a place: a DuckDB file, or CSV, Parquet and Excel files that are loaded into one.

Loading needs a connection that may read files; queries get another one that may not. So files are loaded once into
the store, under a name that depends on what they are, and that file is opened locked like any other.
"""

from __future__ import annotations

import codecs
import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import duckdb
import pandas as pd
import pyarrow as pa
from sqlglot import exp

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import DataCorrupt, DataMissing, EngineFault

_DATABASES: Final = frozenset({".duckdb", ".ddb", ".db"})
_TEXTS: Final = frozenset({".csv", ".tsv"})
_PARQUETS: Final = frozenset({".parquet", ".pq"})
_WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
_READABLE: Final = _TEXTS | _PARQUETS | _WORKBOOKS
_WILDCARDS: Final = frozenset("*?[")
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""Spreadsheets in Chinese offices save CSV as GBK; every byte order mark is read as what it says."""
_LOADER: Final = "1"
"""Part of every fingerprint: raise it when loading changes, so that nothing old is opened."""


def open_data(
    url: str, *, home: Path, memory: str = "2GB", threads: int = 2, timezone: str = "UTC"
) -> DuckDBEngine:
    """Open a data place for governed queries.

    Args:
        url: A DuckDB file; one CSV, Parquet or Excel file; a folder of them; or a glob pattern.
        home: The store; loaded files are kept in its folder `data`.
        memory: What queries may use together.
        threads: Threads of the engine.
        timezone: Zone in which times with a zone are cut to days and shown.

    Raises:
        DataMissing: There is no such file or folder, or nothing readable in it.
        DataCorrupt: A file is empty, damaged or not what its name says.
        DataLocked: Another process is writing the file.
    """
    path = Path(url).expanduser()
    if path.suffix.lower() in _DATABASES and not path.is_dir():
        return DuckDBEngine.open(path, memory=memory, threads=threads, timezone=timezone)
    files = _data_files(path)
    if not files:
        raise DataMissing(path.name)
    target = home / "data" / f"{_fingerprint(files)}.duckdb"
    if not target.exists():
        _load(files, target)
    return DuckDBEngine.open(target, memory=memory, threads=threads, timezone=timezone)


def _data_files(path: Path) -> tuple[Path, ...]:
    found: Iterable[Path]
    if path.is_dir():
        found = path.iterdir()
    elif path.exists():
        found = (path,)
    else:
        found = _matches(path)
    return tuple(
        sorted(
            file
            for file in found
            if file.is_file()
            and file.suffix.lower() in _READABLE
            and not file.name.startswith((".", "~$"))
        )
    )


def _matches(pattern: Path) -> Iterator[Path]:
    fixed = 0
    while fixed < len(pattern.parts) and not _WILDCARDS & set(pattern.parts[fixed]):
        fixed += 1
    if fixed == len(pattern.parts):
        return iter(())
    return Path(*pattern.parts[:fixed]).glob("/".join(pattern.parts[fixed:]))


def _fingerprint(files: Sequence[Path]) -> str:
    digest = hashlib.sha256(_LOADER.encode())
    for file in files:
        stat = file.stat()
        digest.update(f"\0{file.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:24]


def _load(files: Sequence[Path], target: Path) -> None:
    """Load files into a new database, complete or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="loading-") as folder:
        unfinished = Path(folder) / "data.duckdb"
        with duckdb.connect(str(unfinished)) as connection:
            names: frozenset[str] = frozenset()
            for file in files:
                with _as_corrupt(file.name):
                    names |= _load_file(connection, file, names, alone=len(files) == 1)
            if not names:
                raise DataMissing(files[0].parent.name)
        unfinished.replace(target)


def _load_file(
    connection: duckdb.DuckDBPyConnection, file: Path, taken: frozenset[str], *, alone: bool
) -> frozenset[str]:
    names: frozenset[str] = frozenset()
    for name, table in _tables(connection, file, alone=alone):
        if name.lower() in taken | names:
            raise EngineFault(f"two tables named {name}")
        names |= {name.lower()}
        _store(connection, table, name)
    return names


def _store(
    connection: duckdb.DuckDBPyConnection, table: duckdb.DuckDBPyRelation, name: str
) -> None:
    table.create("loading")
    new_name = exp.to_identifier(name, quoted=True)
    rename = exp.Alter(
        this=exp.to_table("loading"),
        kind="TABLE",
        actions=[exp.AlterRename(this=exp.Table(this=new_name))],
    )
    connection.execute(rename.sql("duckdb"))


def _tables(
    connection: duckdb.DuckDBPyConnection, file: Path, *, alone: bool
) -> Iterator[tuple[str, duckdb.DuckDBPyRelation]]:
    kind = file.suffix.lower()
    if file.stat().st_size == 0:
        raise DataCorrupt(file.name)
    if kind in _PARQUETS:
        yield file.stem, connection.read_parquet(escape(str(file)))
    elif kind in _TEXTS:
        with _as_utf8(file) as text:
            yield file.stem, connection.read_csv(escape(str(text)), sample_size=-1, header=True)
    else:
        for sheet, rows in _sheets(file):
            name = sheet if alone else f"{file.stem}_{sheet}"
            yield (file.stem if sheet is None else str(name)), connection.from_arrow(rows)


@contextmanager
def _as_corrupt(name: str) -> Iterator[None]:
    """Tell every failure to read a file by the file's bare name."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, BadZipFile, ValueError, LookupError) as error:
        raise DataCorrupt(name) from error


@contextmanager
def _as_utf8(file: Path) -> Iterator[Path]:
    """Give a CSV file in UTF-8: itself, or a copy while it is read."""
    encoding = _encoding(file)
    if encoding == "utf-8-sig":
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="wenshu-") as folder:
        copy = Path(folder) / "copy.csv"
        copy.write_text(file.read_text(encoding=encoding), encoding="utf-8")
        yield copy


def _encoding(file: Path) -> str:
    with file.open("rb") as stream:
        start = stream.read(65_536)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start:
        raise DataCorrupt(file.name)
    for encoding in _ENCODINGS:
        if _decodes(file, encoding):
            return encoding
    raise DataCorrupt(file.name)


def _decodes(file: Path, encoding: str) -> bool:
    try:
        with file.open(encoding=encoding, newline="") as stream:
            while stream.read(1_048_576):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _sheets(file: Path) -> Iterator[tuple[str | None, pa.Table]]:
    """Read the sheets that hold something; the name is None where there is only one."""
    # Only an empty cell is missing: "NA" may be a region.
    sheets = pd.read_excel(
        file, sheet_name=None, engine="openpyxl", keep_default_na=False, na_values=[""]
    )
    frames = {str(name): frame for name, frame in sheets.items() if len(frame.columns)}
    if not frames:
        raise DataCorrupt(file.name)
    for name, frame in frames.items():
        yield (name if len(frames) > 1 else None), _arrow(frame.convert_dtypes())


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """Turn a sheet into columns of one type each; a column of mixed cells becomes text."""
    return pa.table({str(name): _arrow_column(frame, name) for name in frame.columns})


def _arrow_column(frame: pd.DataFrame, name: str) -> pa.Array:
    try:
        column = pa.Array.from_pandas(frame[name])
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        texts = frame[name].map(str, na_action="ignore").tolist()
        return pa.array(texts, pa.string(), from_pandas=True)
    if pa.types.is_timestamp(column.type) and all(
        moment is None or (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        for moment in column.to_pylist()
    ):
        return column.cast(pa.date32())
    return column
