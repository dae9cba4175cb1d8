# The commands of the project. They need Python 3.11+, make and a POSIX shell.

PORT ?= 8000
export PORT

PYTHON = .venv/bin/python
INSTALL = scripts/install.sh
# Keys for checks that only read the settings; a real one is never needed for them.
CHECKS = SECRET_KEY=only-for-checks-4f1d0a7c9be25368af03c1d2e4b6987f5a DEBUG=false
LANGUAGES = ru kk
PYTEST = $(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadgroup
# COVERAGE=--cov also measures how much of the code the tests reach.
COVERAGE ?=
# What is measured: speed, checkout, import, pages, relay, stats (bench/README.md).
BENCH ?= speed
# BASE=<commit> compares the speed with that commit's.
BASE ?=
export BASE

.PHONY: help run test lint audit bench screenshots styles lock migrations messages clean

help:
	@echo 'make run         the shop on http://localhost:$(PORT) (PORT=8001 make run: another port)'
	@echo 'make test        every test, on PostgreSQL and Redis, then on SQLite alone'
	@echo 'make lint        style, types, import borders, safety, templates, migrations, settings'
	@echo 'make audit       known holes in the packages that are pinned (needs a network)'
	@echo 'make bench       what shoppers and clients wait for, as ratios (QUICK=1: a look, BASE=commit: beside it, BENCH=import: others)'
	@echo 'make screenshots every page, light and dark, as on a phone and on a desk, in data/screenshots/'
	@echo 'make styles      of Bootstrap what templates use, after one uses a class for the first time'
	@echo 'make migrations  write the migrations that the models ask for'
	@echo 'make messages    collect and compile the texts to translate (needs gettext)'
	@echo 'make lock        pin requirements*.in into requirements*.txt'
	@echo 'make clean       remove caches and .venv; data/ and .env stay'

run:
	@$(INSTALL) requirements.txt
	@exec scripts/run.sh

test:
	@$(INSTALL) requirements-dev.txt
	$(PYTEST) $(COVERAGE)
	$(PYTEST) --embedded

lint:
	@$(INSTALL) requirements-dev.txt
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo
	@# What it finds is on stdout; on stderr are remarks on every line of a marked one.
	$(PYTHON) -m bandit --quiet --recursive --configfile pyproject.toml . 2>/dev/null
	$(PYTHON) -m djlint --lint --quiet templates
	$(CHECKS) $(PYTHON) manage.py makemigrations --check --dry-run
	$(CHECKS) $(PYTHON) manage.py check --deploy --fail-level WARNING

audit:
	@$(INSTALL) requirements-dev.txt
	set -e; for name in requirements requirements-extra requirements-dev; do \
		$(PYTHON) -m pip_audit --no-deps --disable-pip --requirement $$name.txt; done

bench:
	@$(INSTALL) requirements-dev.txt
	@scripts/wrk.sh
	@set -e; for what in $(BENCH); do $(PYTHON) -m bench $$what; done

screenshots:
	@$(INSTALL) requirements-dev.txt
	$(PYTHON) scripts/screenshots.py

styles:
	@$(INSTALL) requirements.txt
	$(PYTHON) scripts/trim_bootstrap.py

migrations:
	@$(INSTALL) requirements.txt
	$(CHECKS) $(PYTHON) manage.py makemigrations

messages:
	@$(INSTALL) requirements.txt
	@command -v msgfmt >/dev/null || { echo 'GNU gettext is needed: apt install gettext, or brew install gettext' >&2; exit 1; }
	$(CHECKS) $(PYTHON) manage.py makemessages $(LANGUAGES:%=--locale %) --no-location --no-obsolete --ignore data --ignore tests
	$(CHECKS) $(PYTHON) manage.py compilemessages $(LANGUAGES:%=--locale %)

lock:
	@$(INSTALL) requirements-dev.txt
	set -e; for name in requirements requirements-extra requirements-dev; do \
		$(PYTHON) -m uv pip compile --universal --python-version 3.11 --no-header --no-emit-find-links $$name.in -o $$name.txt; done

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
