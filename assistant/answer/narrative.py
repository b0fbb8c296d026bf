"""The headline: one or two sentences that give the answer first, each proved against its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from assistant.answer.card import HeadlinePart
from assistant.answer.numbers import NULL, as_decimal, format_day
from assistant.answer.phrases import (
    VALUES,
    change_of,
    facts_of,
    first_value,
    full_label,
    is_cut,
    known_ends,
    known_members,
    member_of,
    own_columns,
    subject_of,
    tone_of,
)
from assistant.answer.proof import Bound, Name, Plain, Run, Sentence, bound, check, sentence
from assistant.answer.view import SIGNED, View
from assistant.locale import text
from semantic_layer.result import Role


def narrate(view: View) -> tuple[HeadlinePart, ...]:
    """Return the headline of a result as runs; empty where nothing can be said with proof."""
    said = check(_sentences(view), view)
    if not said:
        table = sentence("narrative.see_table", view.language, subject=subject_of(view, None))
        said = check([table], view)
    runs = [run for number, one in enumerate(said) for run in (*_space(number, view), *one)]
    return tuple(_part(run, view) for run in runs)


def _space(number: int, view: View) -> tuple[Run, ...]:
    return (Plain(text("sentence.space", view.language)),) if number else ()


def _part(run: Run, view: View) -> HeadlinePart:
    if not isinstance(run, Bound):
        return HeadlinePart(text=run.text)
    column = view.columns[run.column]
    tone = tone_of(column, view.rows[run.row][run.column]) if column.role in SIGNED else "neutral"
    return HeadlinePart(text=run.text, bold=True, tone=tone)


def _sentences(view: View) -> Iterator[Sentence]:
    """Yield what could be said; `check` decides what is."""
    values = [place for place, column in enumerate(view.columns) if column.role in VALUES]
    rows = view.data_rows
    if not rows or not values or not any(list(view.numbers(place)) for place in values):
        yield sentence("narrative.empty", view.language, subject=subject_of(view, None))
    elif len(rows) == 1 and not (is_cut(view) and known_ends(view) and view.time is None):
        yield from _one_row(view, rows[0])
    elif view.time is not None and not view.dimensions:
        yield from _trend(view)
    elif view.time is not None:
        yield from _latest_members(view)
    else:
        yield from _ranking(view)


def _one_row(view: View, row: int) -> Iterator[Sentence]:
    """One value, several metrics of one row, or a target and how far it is reached."""
    language = view.language
    for number, place in enumerate(own_columns(view)):
        subject: Sentence = (Name(full_label(view, place)),)
        if not number:
            subject = subject_of(view, place)
            member = member_of(view, row)
            if member:
                subject = sentence("narrative.of_member", language, subject=subject, member=member)
        yield sentence(
            "narrative.value",
            language,
            subject=subject,
            value=bound(view, row, place),
            change=change_of(view, row, place),
        )
        yield _against_target(view, row, place)


def _against_target(view: View, row: int, place: int) -> Sentence:
    """Return target and attainment beside a value, or nothing where the result has none."""
    metric = view.columns[place].metric
    target = view.of_role(Role.TARGET, metric)
    if target is None or target == place or view.texts[row][target] == NULL:
        return ()
    facts: dict[str, Run | Sentence] = {"target": bound(view, row, target)}
    code = "narrative.target"
    attainment, gap = view.of_role(Role.ATTAINMENT, metric), view.of_role(Role.GAP, metric)
    if attainment is not None and attainment != place:
        code = "narrative.attained"
        facts["attainment"] = bound(view, row, attainment)
    missing = None if gap is None or gap == place else as_decimal(view.rows[row][gap])
    if gap is not None and missing is not None and missing > 0:
        code += "_gap"
        facts["gap"] = bound(view, row, gap)
    return sentence(code, view.language, **facts)


def _trend(view: View) -> Iterator[Sentence]:
    """The whole where a totals row holds it, the latest period, the highest and the lowest."""
    place, time, language = first_value(view), view.time or 0, view.language
    total = _total(view, place)
    yield total
    numbers = list(view.numbers(place))
    if not numbers:
        return
    latest = max(numbers, key=lambda item: str(view.rows[item[0]][time]))[0]
    through = view.result.data_through
    running = view.is_partial(latest) and _ends_with_data(view, latest)
    code = "narrative.latest_partial" if running else "narrative.latest"
    yield sentence(
        f"{code}_more" if total else code,
        language,
        subject=subject_of(view, place),
        bucket=bound(view, latest, time),
        value=bound(view, latest, place),
        change=change_of(view, latest, place),
        through=Plain("") if through is None else Name(format_day(through, language)),
    )
    whole = [item for item in numbers if not view.is_partial(item[0])]
    if len(whole) >= 3 and not is_cut(view):
        code = "narrative.high_low" if len(whole) == len(numbers) else "narrative.high_low_whole"
        yield _extremes(code, view, whole, (time,), place)


def _total(view: View, place: int) -> Sentence:
    """Return the sentence of the totals row, or nothing where there is none."""
    row = view.total_row
    if row is None or as_decimal(view.rows[row][place]) is None:
        return ()
    if view.columns[place].role is not Role.METRIC:
        return ()
    return sentence(
        "narrative.value",
        view.language,
        subject=subject_of(view, place, whole=True),
        value=bound(view, row, place),
        change=change_of(view, row, place),
    )


def _ends_with_data(view: View, row: int) -> bool:
    days, through = view.bucket(row), view.result.data_through
    return days is not None and through is not None and through in days


def _latest_members(view: View) -> Iterator[Sentence]:
    """Members at the latest period that is complete; the lowest only where every member has a number there."""
    place, time, language = first_value(view), view.time or 0, view.language
    if is_cut(view) or view.result.asked.having:
        return
    numbers = list(view.numbers(place))
    whole = [item for item in numbers if not view.is_partial(item[0])] or numbers
    latest = max((str(view.rows[row][time]) for row, _ in whole), default="")
    there = [item for item in whole if str(view.rows[item[0]][time]) == latest]
    if len(there) < 2:
        return
    bucket = bound(view, there[0][0], time)
    head = sentence("narrative.at_bucket", language, subject=subject_of(view, place), bucket=bucket)
    named = view.dimensions
    members = {tuple(view.rows[row][place] for place in named) for row in view.data_rows}
    if len(there) == len(members):
        yield (*head, *_extremes("narrative.first_last", view, there, named, place))
        return
    row = _extreme(there, highest=True)
    yield (*head, *sentence("narrative.first", language, **facts_of(view, row, named, place)))


def _ranking(view: View) -> Iterator[Sentence]:
    """The whole, then first and last; never an end that a limit has cut off."""
    place, language = first_value(view), view.language
    numbers = list(view.numbers(place))
    total = _total(view, place)
    yield total
    ends = known_ends(view)
    if not ends or len({as_decimal(value) for _, value in numbers}) < min(2, len(numbers)):
        return
    head: Sentence = ()
    if not total or view.result.asked.having:
        head = (*subject_of(view, place), Plain(text("sentence.colon", language)))
    if len(ends) == 2:
        yield (*head, *_extremes("narrative.first_last", view, numbers, view.dimensions, place))
        return
    row = _extreme(known_members(view, numbers, view.dimensions), highest="high" in ends)
    code = "narrative.first" if "high" in ends else "narrative.last"
    yield (*head, *sentence(code, language, **facts_of(view, row, view.dimensions, place)))


def _extreme(numbers: Sequence[tuple[int, object]], *, highest: bool) -> int:
    """Return the row of the largest or smallest number; the first shown of equal ones."""
    sign = -1 if highest else 1
    return min(numbers, key=lambda item: sign * (as_decimal(item[1]) or Decimal(0)))[0]


def _extremes(
    code: str, view: View, numbers: Sequence[tuple[int, object]], named: Sequence[int], place: int
) -> Sentence:
    known = known_members(view, numbers, named)
    high, low = _extreme(known, highest=True), _extreme(known, highest=False)
    facts = facts_of(view, high, named, place)
    facts |= {f"low_{key}": run for key, run in facts_of(view, low, named, place).items()}
    return sentence(code, view.language, **facts)
