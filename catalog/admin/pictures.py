"""Pictures that come with a product's form: dropped in, kept from before, or copied.

Each picture of the block is one place in three lists of the form: `picture` says which
it is, `picture_alt` what it shows, `picture_position` where it stands. Files come in
the field `pictures`, and fill the places that say `file`; what is left of them stands
at the end, which is all that happens without the script.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import Storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.models import PictureDraft, Product, ProductImage
from catalog.services.pictures import Described, Plain, StoredPicture
from catalog.uploads import check_picture

FILE = "file"
MAX_PICTURES = 30
MAX_ALT = 255
# Behind everything that says where it stands.
LAST = 32768
# An upload on its way into the form, and the same once it is on disk.
Stored = Mapping[UploadedFile, StoredPicture]


@dataclass
class Item:
    """One picture of the block."""

    # `draft:<id>`, `image:<id>`, or `file`.
    token: str
    alt: str = ""
    position: int = LAST
    removed: bool = False
    upload: UploadedFile | None = None
    draft: PictureDraft | None = None
    image: ProductImage | None = None

    @property
    def address(self) -> str:
        if self.image:
            return self.image.address
        return _storage().url(self.draft.file) if self.draft else ""

    @property
    def name(self) -> str:
        return str(self.draft or "")

    def picture(self, stored: Stored) -> Plain:
        """The picture as the services take it."""
        if self.upload is not None:
            return stored.get(self.upload, self.upload)
        if self.draft is not None:
            size = (self.draft.width, self.draft.height)
            return StoredPicture(self.draft.file, *size)
        if self.image is not None and self.image.file:
            # How large it is, whoever makes its thumbnails finds out.
            size = self.image.size or (0, 0)
            return StoredPicture(str(self.image.file.name), *size)
        return self.image.address if self.image else ""


@dataclass
class NewPictures:
    """The block as it was sent; `errors` say what cannot be taken."""

    items: list[Item] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, request: HttpRequest) -> "NewPictures":
        """What the form brings. Drafts of somebody else, and what is none, are not."""
        found = cls()
        sent = request.POST
        files = _good_files(request.FILES.getlist("pictures"), found.errors)
        alts = sent.getlist("picture_alt")
        positions = sent.getlist("picture_position")
        removed = set(sent.getlist("picture_remove"))
        for place, token in enumerate(sent.getlist("picture")[: 10 * MAX_PICTURES]):
            item = Item(token, _at(alts, place)[:MAX_ALT], _number(positions, place))
            item.removed = token in removed
            if token == FILE:
                item.upload = next(files, None)
            found.items.append(item)
        found.items += [Item(FILE, upload=upload) for upload in files if upload]
        _look_up(found.items, request.user)
        found.items = [item for item in found.items if item.upload or item.address]
        found.items.sort(key=lambda item: item.position)
        if len(found.kept) > MAX_PICTURES:
            found.errors.append(_("At most %(n)s pictures.") % {"n": MAX_PICTURES})
        return found

    @classmethod
    def copied(cls, product: Product) -> "NewPictures":
        """Those of another product, to begin with."""
        images = list(product.images.all())[:MAX_PICTURES]
        return cls(
            [Item(f"image:{image.pk}", alt=image.alt, image=image) for image in images]
        )

    @property
    def kept(self) -> list[Item]:
        return [item for item in self.items if not item.removed]

    @property
    def uploads(self) -> list[UploadedFile]:
        return [item.upload for item in self.kept if item.upload is not None]

    @property
    def drafts(self) -> list[UUID]:
        return [item.draft.pk for item in self.items if item.draft]

    def pictures(self, stored: Stored) -> list[Described]:
        """As the services take them, in order."""
        return [Described(item.picture(stored), item.alt) for item in self.kept]

    def became_drafts(self, drafts: Mapping[UploadedFile, PictureDraft]) -> None:
        """Uploads that wait now are shown as what they are: nobody sends them again."""
        for item in self.items:
            if item.upload is not None and item.upload in drafts:
                item.draft, item.upload = drafts[item.upload], None
                item.token = f"draft:{item.draft.pk}"
        self.items = [item for item in self.kept if item.draft or item.image]


@dataclass
class PictureBlock:
    """What the block's template shows: asked for only when the page is drawn."""

    new: NewPictures
    max_pictures: int = MAX_PICTURES

    @property
    def items(self) -> list[Item]:
        return self.new.items

    @property
    def max_size(self) -> int:
        """MB of one picture."""
        return int(settings.UPLOAD_MAX_SIZE_MB)

    @property
    def max_bytes(self) -> int:
        return self.max_size * 1024 * 1024


def _good_files(uploads: Iterable[UploadedFile], errors: list[str]) -> Any:
    """Each that is a picture, in order; None in the place of one that is not."""
    checked: list[UploadedFile | None] = []
    for upload in uploads:
        try:
            check_picture(upload)
        except ValidationError as error:
            errors.append(f"{(upload.name or '')[:80]}: {' '.join(error.messages)}")
            checked.append(None)
        else:
            checked.append(upload)
    return iter(checked)


def _look_up(items: list[Item], user: Any) -> None:
    """The rows that tokens name: two queries at most."""
    drafts, images = _ids(items, "draft"), _ids(items, "image")
    if drafts:
        found = PictureDraft.objects.filter(user=user).in_bulk(list(drafts.values()))
        for item in items:
            item.draft = found.get(drafts.get(item.token))
    if images and user.has_perm("catalog.add_product"):
        copied = ProductImage.objects.in_bulk(list(images.values()))
        for item in items:
            item.image = copied.get(images.get(item.token))


def _ids(items: list[Item], kind: str) -> dict[str, UUID]:
    found = {}
    for item in items:
        name, _colon, key = item.token.partition(":")
        try:
            if name == kind:
                found[item.token] = UUID(key)
        except ValueError:
            continue
    return found


def _storage() -> Storage:
    return ProductImage._meta.get_field("file").storage


def _at(texts: list[str], place: int) -> str:
    # Neither database takes a NUL.
    return texts[place].replace("\0", "").strip() if place < len(texts) else ""


def _number(texts: list[str], place: int) -> int:
    text = _at(texts, place)
    return int(text) if text.isdecimal() and len(text) < 6 else LAST
