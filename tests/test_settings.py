from __future__ import annotations

from pathlib import Path

import pytest

from assistant.settings import BadSetting, Settings


def test_nothing_set_gives_the_defaults() -> None:
    settings = Settings.from_env({})

    assert settings == Settings(home=Path.home() / ".wenshu")


def test_values_are_read() -> None:
    settings = Settings.from_env(
        {
            "WENSHU_HOME": "/data",
            "WENSHU_MEMORY": "1GB",
            "WENSHU_THREADS": "4",
            "WENSHU_MAX_ROWS": "7",
            "WENSHU_SECONDS": "2.5",
        }
    )

    assert settings == Settings(
        home=Path("/data"), memory="1GB", threads=4, max_rows=7, seconds=2.5
    )


@pytest.mark.parametrize("value", ["soon", "0", "-1"])
def test_bad_number_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match="WENSHU_THREADS"):
        Settings.from_env({"WENSHU_THREADS": value})
