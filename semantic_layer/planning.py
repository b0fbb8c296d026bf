"""What a statement depends on besides the query: how far the data go that the asker sees."""

from __future__ import annotations

from datetime import date

from semantic_layer.coverage import Coverage
from semantic_layer.dating import Dating, times_of
from semantic_layer.grains import column_of
from semantic_layer.policy import Access
from semantic_layer.preparing import Asked
from semantic_layer.query import MetricQuery


def asked_within(
    query: MetricQuery,
    access: Access,
    coverage: Coverage,
    *,
    today: date,
    as_of: date | None,
    language: str | None,
) -> Asked:
    """Return a query with the days that its facts cover.

    Args:
        query: What is asked.
        access: Who asks.
        coverage: How far the data go that they see.
        today: The asker's day.
        as_of: The last day as the definitions declare it, or None.
        language: Members that are named by a column in this language bring that column along.

    Raises:
        QueryError: What cannot be answered, and why.
    """
    dating = Dating(query=query, catalog=access.catalog)
    times = times_of(dating.metric(use.metric, use.time) for use in query.metrics)
    # Only windows over all data, and periods of a table of days, ask where the data begin.
    named = {query.time_grain, *(use.over for use in query.metrics)}
    listed = any(column_of(grain, access.catalog) for grain in named if grain)
    asks = listed or not query.period
    since = coverage.span(times)[0] if times and asks else None
    return Asked(
        query=query,
        access=access,
        through=coverage.through(times, today, as_of),
        since=since,
        language=language,
        listed=coverage.listed() if listed else None,
    )
