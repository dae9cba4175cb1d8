"""Drawing a picture anew, smaller: only its pixels are taken over."""

import io
import threading
import warnings

from PIL import ExifTags, Image, ImageOps
from PIL.Image import Transpose

from images.exceptions import NotAPicture, TooBig
from images.formats import JPEG, Format
from images.parameters import Parameters

# No SVG, which is a program, and none of the formats that nobody shows on a page.
READ = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
# As for uploads: decoding more than this costs the server hundreds of megabytes.
MAX_PIXELS = 24_000_000
# EXIF orientation → what puts the picture upright.
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
LYING = {5, 6, 7, 8}
# A large picture takes 200 MB while it is decoded: one at a time in each process.
_drawing = threading.Lock()


def render(original: bytes, asked: Parameters, made: Format) -> bytes:
    """The picture, fitted into its box and never enlarged, without metadata.

    Of a moving picture it is the first frame.
    """
    try:
        with _drawing, warnings.catch_warnings():
            # Of odd metadata, and of sizes for which ours is the stricter limit.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(original), formats=READ) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise TooBig
                return _encoded(_fitted(picture, asked), asked.quality, made)
    except (TooBig, Image.DecompressionBombError):
        raise TooBig from None
    except Exception as error:  # Pillow raises whatever a broken file provokes
        raise NotAPicture from error


def _fitted(picture: Image.Image, asked: Parameters) -> Image.Image:
    orientation = _orientation(picture)
    lying = orientation in LYING
    box = target_size(picture.size[::-1] if lying else picture.size, asked)
    if lying:
        box = box[::-1]
    # The JPEG decoder leaves out most of what would be thrown away.
    picture.draft(None, (2 * box[0], 2 * box[1]))
    plain = _plain(picture)
    if asked.fit == "cover":
        small = ImageOps.fit(plain, box, Image.Resampling.LANCZOS)
    else:
        small = plain.resize(box, Image.Resampling.LANCZOS, reducing_gap=3.0)
    # The small one is cheaper to turn.
    turn = TURNS.get(orientation)
    return small if turn is None else small.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    """As EXIF has it; broken EXIF says nothing about the pixels."""
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # whatever it provokes
        return 1


def target_size(shown: tuple[int, int], asked: Parameters) -> tuple[int, int]:
    """The size in which the picture fits: px, at least one each, never enlarged."""
    width, height = shown
    ratios = [
        wanted / has
        for wanted, has in ((asked.width, width), (asked.height, height))
        if wanted is not None
    ]
    if asked.fit == "cover" and asked.width and asked.height:
        # A box that is larger than the picture keeps its shape and gets smaller.
        ratios = [width / asked.width, height / asked.height]
        width, height = asked.width, asked.height
    scale = min(1, *ratios)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _plain(picture: Image.Image) -> Image.Image:
    """RGB, or RGBA if anything shows through."""
    if picture.mode.startswith("I;16"):
        # Pillow would cut off what is brighter than 255 of 65535.
        wide = picture.convert("I")
        wide.info.pop("transparency", None)
        picture = wide.point(lambda value: value * (1 / 257)).convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _encoded(picture: Image.Image, quality: int, made: Format) -> bytes:
    if made == JPEG and picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    # Encoders take comments, profiles and the like from here.
    picture.info.clear()
    out = io.BytesIO()
    picture.save(out, made.name, quality=quality, **made.options)
    return out.getvalue()
