"""`wenshu query --dialect`: the SQL of a query for people who run it on their own warehouse."""

from __future__ import annotations

from typing import NoReturn

import typer

from assistant.locale import text as worded
from assistant.question import Language, Question
from assistant.surfaces.door import EXIT, Door, print_json, stop, usage
from semantic_layer.compiler.dialects import DIALECTS
from semantic_layer.composed_query import ComposedQuery
from semantic_layer.errors import NotSupported, WenshuError
from semantic_layer.query import MetricQuery
from semantic_layer.rendering import sql_for
from semantic_layer.semantic_sql import to_semantic_sql


def known_dialect(dialect: str, language: Language, *, as_json: bool) -> None:
    """End the command where nobody knows the dialect."""
    if dialect not in DIALECTS:
        known = ", ".join(DIALECTS)
        usage(worded("cli.bad_dialect", language, dialect=dialect, known=known), as_json=as_json)


def print_sql(
    door: Door,
    query: MetricQuery | ComposedQuery,
    asked: Question,
    dialect: str,
    *,
    as_json: bool,
) -> NoReturn:
    """Print a query's SQL and end the command; a refusal is said as for any answer."""
    layer = door.assistant.layer
    today = layer.today(asked.today)
    try:
        if isinstance(query, ComposedQuery):
            raise NotSupported("composed_in_dialect", dialect=dialect)
        sql = sql_for(layer, query, dialect, asked.principal, today=today, language=asked.language)
    except WenshuError as error:
        stop(error, asked.language, as_json=as_json)
    if not as_json:
        typer.echo(sql)
        raise typer.Exit(EXIT["answered"])
    print_json(
        {
            "status": "answered",
            "dialect": dialect,
            "sql": sql,
            "semantic_sql": to_semantic_sql(query, layer.catalog.model),
            "query": query.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "parameters": {},
            "today": today.isoformat(),
            "lang": asked.language,
            "as": asked.principal.name,
        }
    )
    raise typer.Exit(EXIT["answered"])
