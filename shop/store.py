"""Pictures in a bucket of S3, where all machines and a CDN find them.

Loaded only with AWS_STORAGE_BUCKET_NAME: its libraries are in requirements-extra.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from django.utils.translation import gettext_lazy as _
from storages.backends.s3 import S3Storage

from shop.exceptions import Unavailable

# Made of a picture, and made again under the same names (`catalog.thumbnails`).
MADE_AGAIN = "thumbs/"
CONNECT_SECONDS = 3


class StoreUnavailable(Unavailable, OSError):
    """Like a disk that cannot be written to, and a 503 to whoever asked for it."""


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        said = _("The store of pictures does not answer. Please try again.")
        raise StoreUnavailable(said) from error


class MediaStore(S3Storage):
    """Everybody may read its objects, by addresses that stay."""

    def __init__(self, **options: Any) -> None:
        style = {"addressing_style": "path"} if options.get("endpoint_url") else {}
        super().__init__(
            default_acl=None,
            querystring_auth=False,
            file_overwrite=True,
            # Names carry a hash of the content.
            object_parameters={"CacheControl": "public, max-age=31536000, immutable"},
            client_config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=10,
                retries={"max_attempts": 2},
                signature_version="s3v4",
                s3=style,
                # Stores other than Amazon's own know no more.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            **options,
        )

    def url(self, name: str, *_args: Any, **_options: Any) -> str:
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name))

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """An upload's own name, for good: asking whether one is free would be a race.

        Two products may have the same picture, and each takes its own away.
        """
        if name.startswith(MADE_AGAIN):
            return name
        stem, dot, ending = name.rpartition(".")
        return self.get_alternative_name(
            stem if dot else name, dot + ending if dot else ""
        )

    def _save(self, name: str, content: Any) -> str:
        with _answering():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _answering():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _answering():
            return bool(super().exists(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _answering():
            folders, files = super().listdir(name)
        return list(folders), list(files)
