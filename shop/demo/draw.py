"""Draw the pictures of the demo shop. A developer's tool; the shop never runs it.

    python -m shop.demo.draw                  every picture, anew
    python -m shop.demo.draw phn-1001-1 …     only these
    python -m shop.demo.draw --sheet FILE.png [names]  a contact sheet, to look at

Needs the development requirements and Chromium (CHROMIUM names another path).
The drawings are SVG made by `shop/demo/drawing/`; the WebP files are committed.
"""

import argparse
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from shop.demo.drawing.plan import pictures
from shop.demo.drawing.studio import SIZE

FOLDER = Path(__file__).parent / "pictures"
LIMIT = 20 * 1024
CELL = 250
COLUMNS = 6


def render(drawings: dict[str, str]) -> Iterator[tuple[str, Image.Image]]:
    """Each drawing as Chromium paints it, by name."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": SIZE, "height": SIZE})
        for name, svg in drawings.items():
            page.set_content(f"<style>body{{margin:0}}</style>{svg}")
            yield name, Image.open(BytesIO(page.screenshot())).convert("RGB")
        browser.close()


def as_webp(image: Image.Image) -> bytes:
    """The best WebP that keeps within the limit."""
    for quality in range(84, 48, -4):
        buffer = BytesIO()
        image.save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() <= LIMIT:
            return buffer.getvalue()
    raise SystemExit("A picture is too rich for the limit: draw it more simply.")


def contact_sheet(drawings: dict[str, str]) -> Image.Image:
    """All the drawings small on one sheet, with their names."""
    rows = -(-len(drawings) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * CELL), "white")
    pen = ImageDraw.Draw(sheet)
    for index, (name, image) in enumerate(render(drawings)):
        corner = index % COLUMNS * CELL, index // COLUMNS * CELL
        sheet.paste(image.resize((CELL - 4, CELL - 4)), corner)
        pen.text((corner[0] + 6, corner[1] + 4), name, fill="#555555")
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="pictures; all when left out")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet instead")
    options = parser.parse_args()
    drawings = pictures()
    if options.names:
        drawings = {name: drawings[name] for name in options.names}
    if options.sheet:
        contact_sheet(drawings).save(options.sheet)
        return
    for name, image in render(drawings):
        (FOLDER / f"{name}.webp").write_bytes(as_webp(image))
    print(f"{len(drawings)} pictures drawn")


if __name__ == "__main__":
    main()
