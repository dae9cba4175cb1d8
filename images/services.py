"""From what was asked for to the picture: out of the cache, or fetched and drawn."""

from django.conf import settings

from images import storage
from images.crowd import Places, Shared
from images.fetching import fetch
from images.formats import Format
from images.parameters import Parameters
from images.rendering import render
from images.storage import Picture

# Of this process.
_places = Places(settings.IMAGE_PROXY_CONCURRENCY)
_shared = Shared()


def find_picture(asked: Parameters, made: Format) -> Picture:
    """The picture as it was asked for; whoever asks meanwhile gets the same one.

    What fails is not remembered: the next request tries again.
    """
    key = asked.key(made)
    if ready := storage.load(key):
        return ready

    def make() -> Picture:
        # Somebody may have finished it between our look and our turn.
        if ready := storage.load(key):
            return ready
        with _places.seat():
            body = render(fetch(asked.url), asked, made)
        return storage.save(key, body)

    with _places.door():
        return _shared.do(key, make)
