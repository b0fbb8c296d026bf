"""Grammar words of English: role → words. Business words have no place here, they come from the definitions."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, str]] = {
    # How the answer is split.
    "by": "by, split by, broken down by, break down by, grouped by, group by, breakdown by, by the, sliced by, segmented by, divided by",
    "each": "per, each, for each, every, across, for every, in each, of each, by each, across all, for all, within each, across the, different",
    "split": "breakdown, distribution, break down, broken down, split, distributed",
    "which": "which, what, whose, which of the, which of our",
    "who:person": "who, whom",
    "who:place": "where",
    "which:time": "when",
    # Calendar grains.
    "grain:day": "daily, by day, per day, each day, every day, day by day, by date, per date",
    "grain:week": "weekly, by week, per week, each week, every week, week by week",
    "grain:month": "monthly, by month, per month, each month, every month, month by month, by months, for each month, by calendar month",
    "grain:quarter": "quarterly, by quarter, per quarter, each quarter, every quarter, quarter by quarter, for each quarter",
    "grain:year": "yearly, annual, annually, by year, per year, each year, every year, year by year, for each year",
    "unit:day": "day, date",
    "unit:week": "week",
    "unit:month": "month",
    "unit:quarter": "quarter",
    "unit:year": "year",
    "trend": "trend, trends, trending, over time, trend over time, time series, trend line, evolution, evolve, evolved, develop, developed, development, through time, changed over time, change over time, line chart, trend of, trended, trends of",
    "trend:change": "changed, changing",
    # Order and cut.
    "top": "top, first, the top",
    "bottom": "bottom, last, the bottom",
    "more:highest": "higher, more, larger, bigger, greater, better",
    "more:lowest": "lower, less, fewer, smaller",
    "first": "number one, no 1, ranked first, rank first, first place, ranks first, comes first",
    "last": "ranked last, ranks last, comes last, last place",
    "super:highest": "highest, most, largest, biggest, greatest, leading, strongest, maximum, max, longest",
    "super:lowest": "lowest, least, smallest, fewest, weakest, minimum, min, shortest",
    "super:best": "best, best performing, top performing, performs best, performed best",
    "super:worst": "worst, worst performing, poorest, lowest performing, performs worst, performed worst",
    "super:fastest": "fastest, quickest",
    "super:slowest": "slowest",
    "rank:highest": "ranking, rank, ranked, leaderboard, ranked by, rank by, rankings",
    "sort:highest": "sorted, sort, descending, from highest to lowest, highest to lowest, high to low, in descending order, sorted by, sort by, order by, ordered by, in order of, descending order, highest first, largest first, from high to low",
    "sort:lowest": "ascending, lowest to highest, from lowest to highest, low to high, in ascending order, ascending order, lowest first, smallest first",
    # What is made of a metric.
    "share": "share, share of, share of total, percentage of, percent of, percentage of total, proportion, proportion of, percent of total, percentage share, mix, composition, share of the total, percentage, proportion of total, share of overall, contribution, contribution to, as a share of, as a share of total, as a percentage of total, as percent of total, as a percentage of, makes up, make up",
    "target": "target, goal, quota, targets, goals, quotas",
    "attainment": "attainment, attainment rate, target attainment, quota attainment, achievement, achievement rate, target achievement, target achievement rate, goal attainment, completion rate, target completion, completion, percent of target, percentage of target, attained, progress to target, progress towards target, progress against target, attainment of target, attainment against target",
    "gap": "how far are we from, how far is it from, how far off, how far from, far from, how far away from, how far behind, how far short of, gap, gap to target, shortfall, gap against target, short of target, target gap, gap to goal, shortfall to target, gap versus target, gap vs target, gap to the target, distance to target, difference to target, gap from target, shortfall against target, away from target",
    # Beside two periods or two members these ask for their difference, else for what a target still needs.
    "gap:either": "gap, shortfall, gap between, the gap between, gap in",
    "differ": "how much more, how much less, how much higher, how much lower, by how much, difference, difference between, the difference between, differ, differs, differ by, difference in",
    # A plan reached or not, where the plan has words between or of its own (behind their revenue target).
    "miss": "behind, missed, missing, miss, misses, short of, fell short of, falling short of, fall short of, not meeting, did not meet, not met, not hit, did not hit, not reach, did not reach, not reached, have not met, has not met, failed to meet, failed to hit, failing to meet, lagging, lagging behind",
    "reach": "hit, met, meet, meets, meeting, reach, reached, reaching, beat, beating, beats, achieved, ahead of, attained",
    "behind": "behind target, below target, missed target, missing target, under target, miss target, behind their target, behind on target, below their target, below quota, behind quota, missed their target, missed the target, not meeting target, not on target, behind plan, below the target, behind the target, under quota, missed quota, falling short of target, short of their target, not hitting target, off target, under their target",
    "ahead": "ahead of target, above target, beat target, met target, hit target, exceeded target, on target, meeting target, hit their target, met their target, beat their target, above quota, over target, met the target, hit the target, exceeded their target, reached target, reached their target, above their target, exceeding target, hitting target, beating target, ahead of their target, met quota, hit quota, beat quota",
    # Comparison.
    "yoy": "yoy, same month last year, the same month last year, same quarter last year, the same quarter last year, same week last year, the same week last year, compared with the same month last year, compared to the same month last year, compared with the same quarter last year, compared to the same quarter last year, same month of last year, same quarter of last year, same week of last year, same month a year ago, same quarter a year ago, same week a year ago, same period a year ago, year over year, year on year, y o y, y/y, same period last year, compared with the same period last year, versus same period last year, vs same period last year, compared to the same period last year, the same period last year, year over year change, year on year change, same period of last year, same time last year, a year ago, a year earlier, the year before, vs a year ago, than a year ago, compared with a year ago, prior year, vs prior year, versus prior year, compared with prior year, compared to prior year, against the prior year, compared to a year ago, vs py",
    "running:month": "same month last year, the same month last year, compared with the same month last year, compared to the same month last year, same month of last year, same month a year ago",
    "running:quarter": "same quarter last year, the same quarter last year, compared with the same quarter last year, compared to the same quarter last year, same quarter of last year, same quarter a year ago",
    "running:week": "same week last year, the same week last year, same week of last year, same week a year ago",
    "mom": "previous period, prior period, vs previous period, versus previous period, compared with previous period, compared to the previous period, compared with the previous period, period over period, versus the previous period, than the previous period, vs the previous period, compared to previous period, vs prior period, sequential, sequentially, the previous period, against the previous period",
    "mom:month": "mom, month over month, month on month, m/m",
    "mom:week": "wow, week over week, week on week, w/w",
    "mom:quarter": "qoq, quarter over quarter, quarter on quarter, q/q",
    "mom:day": "dod, day over day, day on day",
    "growth": "up, improve, improved, improving,  up or down, down or up, higher or lower, growth, growth rate, go up, went up, going up, gone up, grow, grew, grown, growing, increase, increased, increasing, rise, risen, rose, change, percent change, percentage change, rate of growth, gain, gained, delta",
    "decline:fact": "declined, decreased, dropped, fell, fallen, declining, decreasing, dropping, falling, shrank, shrinking, down, went down, gone down, going down, lost",
    "decline": "decline, decrease, drop, fall, shrink",
    "apart": "respectively, separately, individually, each of them, side by side, one by one",
    "together": "total, totals, altogether, combined, in total, together, sum, sum of, overall, in sum, all together, taken together, added up, put together, jointly",
    "compare": "compare, comparison, comparing, compares, comparison of, compare the, a comparison of",
    "versus": "vs, versus, compared with, compared to, against, relative to, than, in comparison with, in comparison to, compare with, compare to, compare against, compared against, as compared to, comparison with, comparison to, compared",
    # Filters and conditions.
    "except": "except, except for, excluding, exclude, other than, not, not including, but not, apart from, without, outside, outside of, aside from, besides, excl, not in, leaving out, ignoring, non",
    "except:after": "excluded, excepted",
    "only": "only, just, solely, limited to, restricted to, exclusively",
    "and": "and, as well as, along with, plus, together with, also, &, then",
    "or": "or, either",
    "of": "of, from, for, among, to, at",
    # Verbs of trade say nothing beside a metric, and not enough without one.
    "verb": "sell, sells, sold, selling, buy, buys, bought, buying, purchase, purchased, purchases, purchasing, take, takes, took, taken, taking, make, makes, made, making, earn, earns, earned, earning, generate, generates, generated, generating, bring, brings, brought, bringing, bring in, brought in, brings in, contribute, contributed, contributes, best selling, top selling",
    ">": "over, above, more than, greater than, exceeding, exceed, exceeds, exceeded, higher than, larger than, bigger than, north of, >, in excess of, that exceed",
    ">=": "at least, no less than, not less than, minimum of, >=, no fewer than, not below, or more than, greater than or equal to, a minimum of, not fewer than",
    "<": "under, below, less than, fewer than, lower than, smaller than, <, beneath, short of",
    "<=": "at most, no more than, not more than, up to, maximum of, <=, not over, not exceeding, less than or equal to, a maximum of, not above",
    "=": "equal to, equals, exactly, =, equal",
    "between": "between",
    "after:>=": "or more, or above, or higher, and above, or greater, plus or more, and up, and over, or over",
    "after:<=": "or less, or below, or fewer, or lower, and below, or under",
    "to": "to, through",
    "sign:<": "negative",
    "sign:>": "positive",
    # Counting members.
    "count": "how many, number of, count of, count, the number of, how many different, how many distinct, how many unique, number of different, total number of, number of distinct, number of unique, how many of our",
    "count:after": "count, counts",
    # Analyses that are not built.
    "later": "why, reason, reasons, cause, causes, root cause, forecast, predict, prediction, projected, projection, expected, expect, funnel, anomaly, anomalies, outlier, outliers, cumulative, running total, moving average, rolling, median, never, no, correlation, correlate, impact, effect, detail, details, simulate, simulation, what if, if, retention, cohort, probability, recommend, recommendation, should, percentile, standard deviation, variance, second, third, consecutive, will",
    "later:average": "average, avg, mean, the average, averaged, on average",
    # Everything there is: nothing to compare with.
    "whole": "company average, overall average, company, whole company, entire company, company wide, companywide, overall, nationwide, national average, the national average, company total, company as a whole",
    # What goes without saying; an amount of time only at the end, where the metric's own unit is asked.
    "amount": "in days, in hours, in percent",
    "measure": "unit, units, usd, dollar, dollars, rmb, yuan, cny, eur, euro, euros, piece, pieces, times, pcs, bucks, gbp, pounds",
    "filler": "a, an, the, of, in, for, to, at, on, from, is, are, was, were, be, been, being, am, do, does, did, has, have, had, having, with, show, shows, showing, me, us, give, giving, tell, list, get, find, display, see, look, looking, "
    "view, pull, pull up, bring up, calculate, compute, report, reports, please, pls, can, could, would, will you, you, your, i, we, our, ours, my, want, wants, need, needs, like, to know, know, let, let's, lets, it, its, "
    "how, how much, how are, what's, what is, what are, what was, what were, what about, how about, how is, how was, how did, how has, how have, is there, are there, there, that, this, these, those, their, they, them, "
    "as, so, too, please show, show me, give me, tell me, i want to see, i would like to see, came, come, comes, coming, got, did we, do we, "
    "all, entire, whole, company, company wide, companywide, across the company, figure, figures, number, numbers, value, values, data, result, results, summary, "
    "performance, perform, performed, performing, doing, do, go, going, went, currently, current, now, right now, so far, today's, actual, actuals, during, within, over the, over, by far, out of, into, about, regarding, concerning, "
    "chart, graph, plot, table, bar chart, pie chart, dashboard, thanks, thank you, hi, hello, hey, ok, okay, some, any, one, ones, kind, level, levels, period, term, terms, in terms of, based on, who's, where's, which is, which are, "
    "each of, every one, quickly, quick, break, here, when it comes to, s, people, against which, account for, accounts for, accounted for, both, exact, exactly how, still, yet, whether, there's, come from, comes from, came from, nationwide, in all, it's",
}

# What filters the outcome of a ranking: behind it (…, which are …), or before (which of the top 10 are …).
WITHIN: Final = r"\b(?:of|among) (?:which|them|those|these)\b|\b(?:which|how many|who)(?: ones?)? (?:are|is)\b|\bhow many of\b"
AMONG: Final = (
    r"\b(?:which|how many|what|who)(?: ones?)? (?:of|among|from|in) (?:the|our|my|these|those)\b"
)

# A member that is a participle says what happened, behind one of these or behind what is counted (orders shipped).
BEING: Final = frozenset({"was", "were", "been", "got", "get", "gets", "are", "is", "be", "being"})
PARTICIPLES: Final = frozenset(
    {
        "sent",
        "paid",
        "sold",
        "lost",
        "won",
        "bought",
        "begun",
        "done",
        "made",
        "taken",
        "given",
        "written",
        "kept",
        "held",
        "built",
        "brought",
        "returned",
        "withdrawn",
        "drawn",
        "broken",
        "chosen",
    }
)

# A count is also called by the counted thing and one of these: customer → number of customers.
COUNT_FORMS: Final = ("number of {}", "{} count", "count of {}", "{}", "total {}")

# Fields whose name holds one of these are meant by who and where.
PERSON_NOUNS: Final = (
    "salesperson",
    "sales rep",
    "rep",
    "representative",
    "seller",
    "employee",
    "manager",
    "agent",
    "person",
    "staff",
    "owner",
)
PLACE_NOUNS: Final = (
    "region",
    "country",
    "state",
    "province",
    "city",
    "territory",
    "store",
    "area",
    "location",
    "market",
)

# How a question is completed by what was missing.
FORMS: Final = {
    "which": "which {name}",
    "by": "{text} by {name}",
    "metric": "{name}: {text}",
    "alone": "{name}",
}

# How a field is named by whose it is.
ROLE_FORMS: Final = (
    "{owner} {field}",
    "{field} of the {owner}",
    "{field} of {owner}",
    "{field} of our {owner}",
)
