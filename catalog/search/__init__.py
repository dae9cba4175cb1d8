"""Finding products by what shoppers type (docs/adr/0010).

`words` reads texts and queries, `documents` says what of a product can be found,
`index` keeps that in `models.SearchEntry`; `understanding` decides what a query means,
`ranking` lays what it finds out in pages. PostgreSQL and SQLite each have a file.
"""
