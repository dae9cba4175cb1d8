"""Secrets from files that are named like variables."""

from pathlib import Path

from shop.secrets import use_secrets_of


def test_a_file_counts_where_nobody_has_set_the_variable(tmp_path: Path) -> None:
    for name in ("SECRET_KEY", "REDIS_URL", "DATABASE_URL", "EMAIL_URL"):
        (tmp_path / name).write_text(name.lower())
    environment = {
        "SECRET_KEY": "",
        "REDIS_URL": "redis://elsewhere",
        "DATABASE_URL_FILE": "/mine",
    }
    use_secrets_of(str(tmp_path), environment)
    assert environment == {
        "SECRET_KEY": "",
        "SECRET_KEY_FILE": f"{tmp_path}/SECRET_KEY",
        "REDIS_URL": "redis://elsewhere",
        "DATABASE_URL_FILE": "/mine",
        "EMAIL_URL_FILE": f"{tmp_path}/EMAIL_URL",
    }


def test_other_files_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "redis_password").write_text("x")
    (tmp_path / "SECRET_KEYS").mkdir()
    environment: dict[str, str] = {}
    use_secrets_of(str(tmp_path), environment)
    assert environment == {}


def test_without_a_directory_nothing_is_read() -> None:
    environment: dict[str, str] = {}
    use_secrets_of("", environment)
    assert environment == {}
