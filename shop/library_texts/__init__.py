"""Texts of libraries that this shop translates itself. No code of the shop uses them.

Django and its libraries speak little Kazakh, and some of them no Russian: what a
shopper, a member of staff or an API client meets would come out in English, or in
Russian on a Kazakh page. Catalogues in LOCALE_PATHS win over those of libraries, so
it is enough that `make messages` finds the texts here and keeps them in ours. What
Django says in bad Kazakh is here too. docs/TRANSLATING.md tells how to add one.
"""
