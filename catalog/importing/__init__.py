"""Products and categories as tables: how files are read, and what their cells mean.

No room here writes to the database: `catalog.services.importing` does.
"""
