"""The day on which tests ask."""

from datetime import date

TODAY = date(2026, 8, 19)
