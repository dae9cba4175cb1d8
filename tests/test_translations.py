"""The catalogues: complete, well formed, compiled, and true to the sources."""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import django
import polib  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from shop import library_texts

LOCALE = settings.BASE_DIR / "locale"
DJANGO = Path(django.__file__).parent
CATALOGUES = sorted(LOCALE.rglob("*.po"))
LIBRARIES = ["rest_framework", "rest_framework_simplejwt", "django_filters", "axes"]
LIBRARIES += ["auditlog", "treebeard"]


def pytest_name(path: Path) -> str:
    return str(path.relative_to(LOCALE)).replace("/LC_MESSAGES", "")


each_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=pytest_name)


def entries(path: Path) -> list[polib.POEntry]:
    return list(polib.pofile(str(path)))


def key(entry: polib.POEntry) -> tuple[str, str, str]:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def test_both_languages_have_a_catalogue_and_the_scripts_of_the_back_office() -> None:
    assert [pytest_name(path) for path in CATALOGUES] == [
        "kk/django.po",
        "kk/djangojs.po",
        "ru/django.po",
    ]


# --- The files -------------------------------------------------------------------


@each_catalogue
def test_every_text_is_translated_and_none_is_a_guess(path: Path) -> None:
    po = polib.pofile(str(path))
    assert not po.metadata_is_fuzzy
    assert [entry.msgid for entry in po if entry.fuzzy] == []
    assert [entry.msgid for entry in po if entry.obsolete] == []
    assert [key(entry) for entry in po if not all(forms(entry))] == []


def placeholders(text: str) -> list[str]:
    """What is filled in later: `%(name)s`, `%s`, `{name}`; sorted."""
    percent = re.findall(r"%(?:\(\w+\))?[a-zA-Z]", text.replace("%%", ""))
    return sorted(percent + re.findall(r"\{\w*(?::\w+)?\}", text))


@each_catalogue
def test_placeholders_and_tags_are_kept(path: Path) -> None:
    for entry in entries(path):
        sources = [entry.msgid, entry.msgid_plural or entry.msgid]
        for text in forms(entry):
            assert placeholders(text) in [placeholders(s) for s in sources], text
            tags = re.findall(r"<[^>]+>", text)
            assert sorted(tags) == sorted(re.findall(r"<[^>]+>", entry.msgid)), text
            for end in (0, -1):
                assert (text[end] == "\n") == (entry.msgid[end] == "\n"), text


@each_catalogue
def test_the_compiled_file_says_the_same(path: Path) -> None:
    po = polib.pofile(str(path))
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    expected: dict[Any, str] = {}
    for entry in po:
        message = "\x04".join(filter(None, [entry.msgctxt, entry.msgid]))
        if entry.msgid_plural:
            for n, text in entry.msgstr_plural.items():
                expected[message, n] = text
        else:
            expected[message] = entry.msgstr
    found = dict(compiled._catalog)  # type: ignore[attr-defined]
    found.pop("")
    assert found == expected
    assert compiled.info()["plural-forms"] == po.metadata["Plural-Forms"]


@each_catalogue
def test_plurals_follow_the_rule_of_django_so_that_the_catalogues_merge(
    path: Path,
) -> None:
    theirs = DJANGO / "conf" / path.relative_to(LOCALE.parent)
    rule = polib.pofile(str(theirs.with_name("django.po"))).metadata["Plural-Forms"]
    po = polib.pofile(str(path))
    assert po.metadata["Plural-Forms"] == rule
    count = int(re.findall(r"nplurals=(\d)", rule)[0])
    for entry in po:
        if entry.msgid_plural:
            assert sorted(entry.msgstr_plural) == list(range(count)), entry.msgid


@each_catalogue
def test_only_letters_of_its_own_alphabet(path: Path) -> None:
    """No Latin letter inside a Cyrillic word, and no Kazakh letter in Russian."""
    texts = [text for entry in entries(path) for text in forms(entry)]
    mixed = re.compile(r"[а-яёәғқңөұүһі][a-z]|[a-z][а-яёәғқңөұүһі]", re.IGNORECASE)
    without_placeholders = [re.sub(r"%\(\w+\)[a-z]|%[a-z]", "", text) for text in texts]
    assert [text for text in without_placeholders if mixed.search(text)] == []
    if "ru" in path.parts:
        kazakh = re.compile(r"[әғқңөұүһі]", re.IGNORECASE)
        assert [text for text in texts if kazakh.search(text)] == []


# --- Against the sources ---------------------------------------------------------


def test_the_catalogues_hold_what_the_sources_say_and_nothing_else(
    tmp_path: Path,
) -> None:
    if not shutil.which("xgettext"):
        pytest.skip("GNU gettext is not installed")
    # As `make messages` does it, on a copy: the checkout stays as it is.
    unneeded = shutil.ignore_patterns(
        ".*", "data", "tests", "static", "docs", "pictures", "*.mo", "__pycache__"
    )
    copy = tmp_path / "copy"
    shutil.copytree(settings.BASE_DIR, copy, ignore=unneeded)
    command = ["makemessages", "--locale=ru", "--locale=kk", "--no-location"]
    subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *command, "--no-obsolete", "--verbosity=0"],
        cwd=copy,
        env={**os.environ, "SECRET_KEY": "x" * 50, "DJANGO_SETTINGS_MODULE": ""},
        check=True,
    )
    for language in ("ru", "kk"):
        name = f"{language}/LC_MESSAGES/django.po"
        ours = {key(entry) for entry in entries(LOCALE / name)}
        collected = {key(entry) for entry in entries(copy / "locale" / name)}
        assert collected - ours == set(), "`make messages` finds texts to translate"
        assert ours - collected == set(), "`make messages` would drop these texts"


def strings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_borrowed_text_is_still_said_by_a_library() -> None:
    """What Django lists in its catalogues, and any string of another library."""
    said = {
        text
        for path in DJANGO.rglob("locale/en/LC_MESSAGES/django.po")
        for entry in entries(path)
        for text in key(entry)
    }
    for library in LIBRARIES:
        folder = Path(import_module(library).__file__ or "").parent
        for path in folder.rglob("*.py"):
            said.update(strings(path.read_text()))
    for path in Path(library_texts.__file__).parent.glob("*.py"):
        borrowed = [
            text
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            for text in strings(ast.unparse(node))
        ]
        assert [text for text in borrowed if text not in said] == []


# --- Plurals ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "ru", "kk"),
    [
        (1, "1 товар", "1 тауар"),
        (2, "2 товара", "2 тауар"),
        (5, "5 товаров", "5 тауар"),
        (11, "11 товаров", "11 тауар"),
        (21, "21 товар", "21 тауар"),
        (112, "112 товаров", "112 тауар"),
        (122, "122 товара", "122 тауар"),
    ],
)
def test_goods_are_counted(n: int, ru: str, kk: str) -> None:
    for language, text in (("ru", ru), ("kk", kk)):
        with override(language):
            counted = ngettext("%(n)s product", "%(n)s products", n)
            assert counted % {"n": n} == text


@pytest.mark.parametrize(
    ("n", "ru"),
    [
        (1, "Чай: осталась 1 штука."),
        (2, "Чай: осталось 2 штуки."),
        (5, "Чай: осталось 5 штук."),
        (11, "Чай: осталось 11 штук."),
        (21, "Чай: осталась 21 штука."),
    ],
)
def test_what_is_left_is_counted(n: int, ru: str) -> None:
    one, many = (
        "Only %(n)d piece of %(name)s is left.",
        "Only %(n)d pieces of %(name)s are left.",
    )
    with override("ru"):
        assert ngettext(one, many, n) % {"n": n, "name": "Чай"} == ru
    with override("kk"):
        shown = ngettext(one, many, n) % {"n": n, "name": "Шай"}
        assert shown == f"Шай: тек {n} дана қалды."


@pytest.mark.parametrize(
    ("n", "ru"),
    [
        (1, "Попробовать снова можно через 1 минуту."),
        (2, "Попробовать снова можно через 2 минуты."),
        (5, "Попробовать снова можно через 5 минут."),
        (11, "Попробовать снова можно через 11 минут."),
        (21, "Попробовать снова можно через 21 минуту."),
    ],
)
def test_minutes_are_counted(n: int, ru: str) -> None:
    with override("ru"):
        text = ngettext(
            "You can try again in %(minutes)s minute.",
            "You can try again in %(minutes)s minutes.",
            n,
        )
        assert text % {"minutes": n} == ru


def test_our_words_win_over_those_of_libraries() -> None:
    with override("kk"):
        assert _("This password is too common.") == "Бұл құпиясөз тым кең таралған."
        assert _("Token is expired") == "Токеннің мерзімі өткен"
        assert pgettext("alt. month", "November") == "қараша"
    with override("ru"):
        assert _("Invalid page.") == "Такой страницы нет."
        assert pgettext("alt. month", "November") == "ноября"
