"""The grains of time of a catalog: those of every calendar, the fiscal ones, and those of its table of days."""

from __future__ import annotations

from collections.abc import Mapping

from semantic_layer.calendar import Grain, Period
from semantic_layer.catalog import Catalog
from semantic_layer.errors import UnknownName
from semantic_layer.model_calendar import FISCAL_QUARTER, FISCAL_YEAR, Calendar


def grains_of(catalog: Catalog) -> tuple[str, ...]:
    """Return the grains that can be asked for."""
    fiscal = (FISCAL_QUARTER, FISCAL_YEAR) if catalog.settings.fiscal_year_start > 1 else ()
    listed = catalog.calendar.grains if catalog.calendar else ()
    return tuple(dict.fromkeys((*map(str, Grain), *fiscal, *listed)))


def check_grain(grain: str, catalog: Catalog) -> None:
    """Refuse a grain that the catalog does not have.

    Raises:
        UnknownName: With the near ones.
    """
    known = grains_of(catalog)
    if grain not in known:
        raise UnknownName("grain", grain, known)


def column_of(grain: str, catalog: Catalog) -> str | None:
    """Return the column of the table of days that holds a grain's periods, or None where no table gives them."""
    return catalog.calendar.grains.get(grain) if catalog.calendar else None


def with_periods(catalog: Catalog, listed: Mapping[str, tuple[Period, ...]]) -> Calendar:
    """Return the model's calendar with the periods of its table of days; a grain without any has no order."""
    table = catalog.calendar.grains if catalog.calendar else ()
    return catalog.settings.calendar.within({grain: listed.get(grain, ()) for grain in table})
