"""Races, each on real threads and real connections."""
