from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from semantic_layer.engines.files import open_data
from semantic_layer.errors import DataCorrupt, DataMissing, EngineError, EngineFault

ROOT = Path(__file__).resolve().parents[2]
SHEET = pd.DataFrame(
    {
        "编号": ["007", "x1"],
        "region": ["NA", None],
        "day": [pd.Timestamp(2024, 1, 31), None],
        "mixed": [1, "z"],
        "count": [1, None],
    }
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    return folder


def rows(url: Path, home: Path, table: str) -> list[dict[str, object]]:
    with open_data(str(url), home=home) as engine:
        return engine.run_trusted(f'SELECT * FROM "{table}"').to_pylist()  # type: ignore[no-any-return]


def test_a_folder_gives_a_table_for_every_file(folder: Path, home: Path) -> None:
    (folder / "订单 [1].csv").write_text("id,n\n1,2\n", encoding="utf-8")
    (folder / "b.tsv").write_text("id\tn\n1\t2\n", encoding="utf-8")
    SHEET[["编号", "region"]].to_parquet(folder / "c.parquet")
    SHEET.to_excel(folder / "d.xlsx", index=False)
    with pd.ExcelWriter(folder / "e.xlsx") as book:
        SHEET.to_excel(book, sheet_name="一月", index=False)
        SHEET.to_excel(book, sheet_name="二月", index=False)
        pd.DataFrame().to_excel(book, sheet_name="空", index=False)
    (folder / "notes.txt").write_text("not data", encoding="utf-8")
    (folder / "~$d.xlsx").write_bytes(b"an editor's lock")

    with open_data(str(folder), home=home) as engine:
        assert set(engine.schema()) == {"订单 [1]", "b", "c", "d", "e_一月", "e_二月"}
    assert rows(folder, home, "订单 [1]") == rows(folder, home, "b") == [{"id": 1, "n": 2}]


def test_sheets_of_one_workbook_keep_their_names(folder: Path, home: Path) -> None:
    with pd.ExcelWriter(folder / "book.xlsx") as book:
        SHEET.to_excel(book, sheet_name="一月", index=False)
        SHEET.to_excel(book, sheet_name="二月", index=False)

    with open_data(str(folder / "book.xlsx"), home=home) as engine:
        assert set(engine.schema()) == {"一月", "二月"}


def test_cells_of_a_sheet_keep_their_meaning(folder: Path, home: Path) -> None:
    SHEET.to_excel(folder / "d.xlsx", index=False)

    assert rows(folder, home, "d") == [
        {"编号": "007", "region": "NA", "day": date(2024, 1, 31), "mixed": "1", "count": 1},
        {"编号": "x1", "region": None, "day": None, "mixed": "z", "count": None},
    ]


def test_codes_in_csv_keep_their_zeros_and_digits(folder: Path, home: Path) -> None:
    lines = "\n".join(f"{i},{i},20240101000000000{i:03d},2024/01/31,NA" for i in range(100, 400))
    (folder / "codes.csv").write_text(f"zip,n,id,day,region\n{lines}\n06897,1,1,2024/02/01,\n")

    first, *_, last = rows(folder, home, "codes")

    assert first == {
        "zip": "100", "n": 100, "id": 20240101000000000100, "day": date(2024, 1, 31), "region": "NA",
    }  # fmt: skip
    assert (last["zip"], last["region"]) == ("06897", None)


def test_the_first_line_of_a_csv_is_its_header(folder: Path, home: Path) -> None:
    (folder / "names.csv").write_text("name,city\nAnn,Rome\n", encoding="utf-8")

    assert rows(folder, home, "names") == [{"name": "Ann", "city": "Rome"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_chinese_csv_is_read_in_any_usual_encoding(folder: Path, home: Path, encoding: str) -> None:
    (folder / "t.csv").write_bytes("名称,地区\n甲,华东\n".encode(encoding))

    assert rows(folder, home, "t") == [{"名称": "甲", "地区": "华东"}]


@pytest.mark.parametrize("pattern", ["*.csv", "?.csv", "../given/*.csv"])
def test_a_pattern_takes_what_it_matches(folder: Path, home: Path, pattern: str) -> None:
    for name in ("a.csv", "b.csv", "c.parquet"):
        (folder / name).write_text("x\n1\n", encoding="utf-8")

    with open_data(str(folder / pattern), home=home) as engine:
        assert set(engine.schema()) == {"a", "b"}


def test_a_database_file_is_opened_as_it_is(tmp_path: Path, home: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x")

    assert rows(tmp_path / "shop.duckdb", home, "t") == [{"x": 1}]
    assert not home.exists()


def test_files_are_loaded_once_and_again_when_they_change(folder: Path, home: Path) -> None:
    file = folder / "a.csv"
    file.write_text("x\n1\n", encoding="utf-8")
    assert rows(folder, home, "a") == [{"x": 1}]
    (cached,) = (home / "data").iterdir()
    loaded = cached.stat().st_mtime_ns

    assert rows(folder, home, "a") == [{"x": 1}]
    assert cached.stat().st_mtime_ns == loaded

    file.write_text("x\n2\n", encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert rows(folder, home, "a") == [{"x": 2}]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("no.csv", None, DataMissing),
        ("no-folder", None, DataMissing),
        ("no*.csv", None, DataMissing),
        ("notes.txt", b"text", DataMissing),
        ("zero.csv", b"", DataCorrupt),
        ("zero.xlsx", b"", DataCorrupt),
        ("binary.csv", b"\x00\x01\x02", DataCorrupt),
        ("broken.csv", b"a,b\n\xff\xff\xff,1", DataCorrupt),
        ("cut.parquet", b"PAR1abc", DataCorrupt),
        ("garbage.xlsx", b"not a zip", DataCorrupt),
        ("zero.duckdb", b"", DataCorrupt),
    ],
)
def test_a_bad_place_is_named_without_its_path(
    folder: Path, home: Path, name: str, content: bytes | None, error: type[EngineError]
) -> None:
    if content is not None:
        (folder / name).write_bytes(content)

    with pytest.raises(error) as caught:
        open_data(str(folder / name), home=home)

    assert caught.value.facts == {"name": name}
    assert str(folder) not in str(caught.value)
    assert not list((home / "data").glob("*")) if home.exists() else True


def test_a_folder_with_nothing_readable_is_missing_data(folder: Path, home: Path) -> None:
    with pytest.raises(DataMissing) as caught:
        open_data(str(folder), home=home)

    assert caught.value.facts == {"name": "given"}


def test_two_files_with_one_name_are_refused(folder: Path, home: Path) -> None:
    for name in ("a.csv", "A.tsv"):
        (folder / name).write_text("x\n1\n", encoding="utf-8")

    with pytest.raises(EngineFault, match="two tables named"):
        open_data(str(folder), home=home)


def test_two_processes_share_the_loaded_file(folder: Path, home: Path) -> None:
    (folder / "a.csv").write_text("x\n1\n", encoding="utf-8")
    code = (
        "from pathlib import Path; from semantic_layer.engines.files import open_data; "
        f"e = open_data({str(folder)!r}, home=Path({str(home)!r})); "
        "print(e.run_trusted('SELECT x FROM a').to_pylist())"
    )

    with open_data(str(folder), home=home) as engine:
        other = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert other.stdout.strip() == str(engine.run_trusted("SELECT x FROM a").to_pylist())
