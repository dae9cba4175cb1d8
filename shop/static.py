"""Static files: hashed and compressed once collected, found in place before."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Names carry a hash, so that browsers keep the files forever.

    Before `collectstatic` has run there are no hashes: files then go by their plain
    names, so that a shop without DEBUG starts without that step too.
    """

    def stored_name(self, name: str) -> str:
        if not self.hashed_files:
            return self.clean_name(name)
        return super().stored_name(name)
