"""The demo data: what `seed` loads, and the drawings of its pictures."""
