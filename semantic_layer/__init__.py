"""Governed definitions in, validated SQL and Arrow tables out."""
