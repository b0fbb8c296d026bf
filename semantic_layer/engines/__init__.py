"""Engines: one door per database library."""
