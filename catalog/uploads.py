"""Pictures from outside: only real ones of a bearable size come in, drawn anew.

What is stored is never what was sent. A picture is decoded and encoded again, so that
only the picture is left of the file: no place and time of a photo, no comment, no
archive or page that hides behind it.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms

if TYPE_CHECKING:
    from catalog.models import ProductImage

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif"}
# px in all: decoding more than this costs the server hundreds of megabytes.
MAX_PIXELS = 24_000_000
# px of the longer side that are kept: twice what the widest page shows.
MAX_SIDE = 2400
_KEPT: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90, "optimize": True, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": 90},
    "AVIF": {"quality": 80, "speed": 8},
}
# EXIF's Orientation, and what makes the picture stand upright again.
_UPRIGHT: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
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
    with _opened(file) as picture:
        width, height = picture.size
        # Phones put a second picture (depth, brightness) behind a JPEG: format MPO.
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        moves = kind != "JPEG" and getattr(picture, "n_frames", 1) > 1
        if width * height > MAX_PIXELS or moves:
            raise _too_much()
        # verify() does not read pixels; a cut-off file shows when loading.
        picture.load()
    vars(file)[_FORMAT] = kind
    return kind


def redrawn(file: UploadedFile) -> tuple[ContentFile, tuple[int, int]]:
    """The upload as it is kept, and its width and height.

    The format stays. Turned as EXIF says, in sRGB, no side above MAX_SIDE, and
    without anything that is not the picture. Raises what `check_picture` raises.
    """
    kind = check_picture(file)
    with _opened(file) as picture:
        profile = picture.info.get("icc_profile")
        if picture.mode.startswith("I"):
            # 16 bits a pixel; convert() would cut them off, not scale them down.
            picture = picture.point(lambda value: value / 256).convert("L")
        elif picture.has_transparency_data:
            picture = picture.convert("RGBA")
        elif picture.mode not in ("L", "RGB", "CMYK"):
            picture = picture.convert("RGB")
        # First: what is thrown away need not be turned and converted.
        picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        picture = _in_srgb(upright(picture), profile)
        # Pillow would write on what it has read: a profile, a comment.
        picture.info.clear()
        content = BytesIO()
        picture.save(content, kind, **_KEPT[kind])
    # Its real name comes from its content: `picture_path`.
    return ContentFile(content.getvalue(), name="picture"), picture.size


def upright(picture: Image.Image) -> Image.Image:
    """The picture turned as its EXIF says."""
    try:
        turn = _UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation))
    except Exception:  # broken EXIF says nothing
        turn = None
    return picture if turn is None else picture.transpose(turn)


@contextmanager
def _opened(file: UploadedFile) -> Iterator[Image.Image]:
    """The picture in the file; whatever goes wrong with it is a ValidationError."""
    try:
        with warnings.catch_warnings():
            # Of large pictures, where ours is the stricter limit, and of broken EXIF.
            warnings.simplefilter("ignore")
            file.seek(0)
            with Image.open(file, formats=list(FORMATS)) as picture:
                yield picture
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_much() from error
    except Exception as error:  # Pillow raises whatever a broken file provokes
        raise ValidationError(
            _("This is not a picture. JPEG, PNG, WebP and AVIF are accepted.")
        ) from error
    finally:
        file.seek(0)


def _too_much() -> ValidationError:
    return ValidationError(
        _("The picture has more than 24 million pixels, or it moves.")
    )


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=mode,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a broken profile, or one for another kind of picture
        if converted is not None:
            return converted
    return picture if picture.mode == mode else picture.convert(mode)


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
