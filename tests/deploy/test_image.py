"""The Dockerfile and what goes into the image. No container engine is asked."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from bench.servers import MEMORY
from tests.deploy.papers import ROOT, ignore_rules, let_through, stages, text
from tests.deploy.running import told

BUILD, FINAL = stages(text("Dockerfile"))
RULES = ignore_rules()


def words(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [words for name, words in stage if name == instruction]


def test_hadolint_finds_nothing() -> None:
    found = subprocess.run(  # noqa: S603 - our own command
        [Path(sys.executable).parent / "hadolint", "--no-color", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_everything_that_is_copied_exists_and_gets_through() -> None:
    copied = [
        source
        for line in words(BUILD, "COPY") + words(FINAL, "COPY")
        if not line.startswith("--from=build ")
        for source in line.split()[:-1]
    ]
    assert copied == ["requirements-extra.txt", "."]
    for source in copied:
        assert (ROOT / source).exists()
    assert let_through("requirements-extra.txt", RULES)


def test_it_runs_as_nobody_special() -> None:
    assert words(FINAL, "USER") == ["10001:10001"]
    # Whatever follows the USER changes nothing any more.
    names = [name for name, _ in FINAL]
    assert not {"RUN", "COPY", "ADD"} & set(names[names.index("USER") :])


def test_memory_is_dealt_with_alike_wherever_it_runs() -> None:
    told = " ".join(words(FINAL, "ENV"))
    for name, size in MEMORY.items():
        assert f"{name}={size}" in told
        assert f"{name}={size}" in text("scripts/run.sh")


def test_no_secret_is_in_a_layer() -> None:
    named = [*words(BUILD, "ARG"), *words(FINAL, "ARG")]
    assert named == ["VERSION=local", "REVISION=unknown"]
    for line in [*words(BUILD, "ENV"), *words(FINAL, "ENV")]:
        assert not re.search("KEY|SECRET|PASSWORD|TOKEN|URL", line)
    (collected,) = [line for line in words(BUILD, "RUN") if "collectstatic" in line]
    # Made up in the command that needs it.
    assert re.match(r'SECRET_KEY="\$\(python -c ', collected)


def test_its_start_and_its_health_are_files_of_it() -> None:
    assert words(FINAL, "ENTRYPOINT") == [
        '["tini", "--", "python", "scripts/entrypoint.py"]'
    ]
    assert any("tini" in line.split() for line in words(FINAL, "RUN"))
    assert words(FINAL, "CMD") == ['["web"]']
    (health,) = words(FINAL, "HEALTHCHECK")
    assert health.endswith('CMD ["python", "scripts/healthcheck.py"]')
    for script in ("entrypoint.py", "healthcheck.py", "gunicorn.production.py"):
        assert let_through(f"scripts/{script}", RULES)


def test_it_says_what_it_is() -> None:
    (labels,) = words(FINAL, "LABEL")
    found = re.findall(r'org\.opencontainers\.image\.([\w.]+)="', labels)
    assert found == [
        *("title", "description", "licenses", "version", "revision", "base.name"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        *(".env", ".env.production", "shop/.env", ".git/config", "shop/.git/config"),
        *("data/db.sqlite3", "data/media/a.webp", "tests/conftest.py", "secrets.txt"),
        *("docker-compose.override.yml", "k8s/secret.yaml", "scripts/run.sh"),
        *(
            "shop/__pycache__/urls.cpython-313.pyc",
            "requirements-dev.txt",
            "backup.dump",
        ),
        *(".venv/bin/python", "docs/API.md", "node_modules/a.js", "id_rsa"),
    ],
)
def test_what_is_kept_out_of_the_image(path: str) -> None:
    assert not let_through(path, RULES)


def test_every_file_of_the_shop_is_in_the_image() -> None:
    ours = [app for app in apps.get_app_configs() if Path(app.path).parent == ROOT]
    assert len(ours) > 8
    for app in ours:
        assert let_through(f"{Path(app.path).name}/models.py", RULES)
    for path in (
        *("manage.py", "templates/base.html", "static/js/shop.js", "LICENSE"),
        *("locale/ru/LC_MESSAGES/django.mo", "shop/demo/templates.toml"),
    ):
        assert let_through(path, RULES), path


def test_what_gets_through_is_enough_to_run(tmp_path: Path) -> None:
    """All of it, in another place, answers `check` and knows each command."""
    copy = tmp_path / "app"

    def kept_out(directory: str, names: list[str]) -> list[str]:
        above = Path(directory).relative_to(ROOT)
        return [
            name
            for name in names
            if not let_through((above / name).as_posix(), RULES)
            # A directory whose content gets through is not named by itself.
            and not (above == Path() and name == "scripts")
        ]

    shutil.copytree(ROOT, copy, ignore=kept_out, symlinks=True)
    assert sorted(path.name for path in (copy / "scripts").iterdir()) == [
        *("entrypoint.py", "gunicorn.production.py", "healthcheck.py"),
    ]
    variables = told(DATABASE_URL="sqlite:///checked.sqlite3", PYTHONPATH=str(copy))
    variables["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    check = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-P", "scripts/entrypoint.py", *check],
        cwd=copy,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
