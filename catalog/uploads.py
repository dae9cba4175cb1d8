"""Pictures from outside: only real ones of a bearable size come in."""

import hashlib
import warnings
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

if TYPE_CHECKING:
    from catalog.models import ProductImage

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif"}
# px in all: decoding more than this costs the server hundreds of megabytes.
MAX_PIXELS = 24_000_000
_FORMAT = "_picture_format"


def check_picture(file: UploadedFile) -> str:
    """The picture's format (`JPEG` …), or a ValidationError that says what is wrong.

    The type is read from the content, never from the name. Size in bytes and in
    pixels is checked before anything is decoded. That happens once for each upload,
    however many ask.
    """
    if found := vars(file).get(_FORMAT):
        return str(found)
    limit = settings.UPLOAD_MAX_SIZE_MB
    if (file.size or 0) > limit * 1024 * 1024:
        raise ValidationError(
            _("The picture is larger than %(mb)s MB.") % {"mb": limit}
        )
    try:
        with warnings.catch_warnings():
            # Ours is the stricter limit, and it is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            file.seek(0)
            with Image.open(file, formats=list(FORMATS)) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS or getattr(picture, "n_frames", 1) > 1:
                    raise ValidationError(
                        _("The picture has more than 24 million pixels, or it moves.")
                    )
                kind = picture.format
                # verify() does not read pixels; a cut-off file shows when loading.
                picture.load()
    except ValidationError:
        raise
    except Exception as error:  # Pillow raises whatever a broken file provokes
        raise ValidationError(
            _("This is not a picture. JPEG, PNG, WebP and AVIF are accepted.")
        ) from error
    finally:
        file.seek(0)
    vars(file)[_FORMAT] = kind
    return str(kind)


def picture_path(image: "ProductImage", filename: str) -> str:
    """Where an upload lives: named by its content, so that it can be cached forever."""
    digest = hashlib.sha256()
    file: Any = image.file
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    with Image.open(file, formats=list(FORMATS)) as picture:
        ending = FORMATS[str(picture.format)]
    file.seek(0)
    name = digest.hexdigest()[:32]
    return f"products/{name[:2]}/{name}.{ending}"
