"""Django's PostgreSQL, as the shop uses it: `ENGINE` names this package."""
