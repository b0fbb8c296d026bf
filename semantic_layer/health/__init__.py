"""Definitions held against the live data: what makes numbers wrong, and what an asker should know."""
