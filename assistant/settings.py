"""Settings: the environment, read once at the door and passed on as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSetting(ValueError):
    """An environment variable that cannot be used."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name}={value!r}: {wanted}")
        self.name = name
        self.value = value
        self.wanted = wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set from outside.

    Attributes:
        home: Where data made here are kept (`WENSHU_HOME`).
        memory: Memory that the engine may use (`WENSHU_MEMORY`), in its own spelling, e.g. `2GB`.
        threads: Threads of the engine (`WENSHU_THREADS`).
        max_rows: Rows of one result (`WENSHU_MAX_ROWS`).
        seconds: Seconds that one query may take (`WENSHU_SECONDS`).
    """

    home: Path
    memory: str = "2GB"
    threads: int = 2
    max_rows: int = 10_000
    seconds: float = 15.0

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Settings:
        """Read `WENSHU_*`.

        Raises:
            BadSetting: A value is not of the kind that it must be.
        """
        default = cls(home=Path.home() / ".wenshu")
        home = environment.get("WENSHU_HOME")
        return cls(
            home=Path(home).expanduser() if home else default.home,
            memory=environment.get("WENSHU_MEMORY") or default.memory,
            threads=int(_number(environment, "WENSHU_THREADS", default.threads)),
            max_rows=int(_number(environment, "WENSHU_MAX_ROWS", default.max_rows)),
            seconds=_number(environment, "WENSHU_SECONDS", default.seconds),
        )


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise BadSetting(name, text, "a number is wanted") from error
    if value <= 0:
        raise BadSetting(name, text, "a number above 0 is wanted")
    return value
