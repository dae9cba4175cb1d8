"""The Chromium that browser tests drive, if there is one."""

import shutil

from tests.services import Missing

# The one that draws no window is half as much work.
NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)


def provide() -> str:
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise Missing(f"no browser is installed (looked for {', '.join(NAMES)})")
