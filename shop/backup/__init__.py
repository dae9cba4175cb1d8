"""Backups: the database and the pictures in one file, and the way back (ADR 0032)."""
