"""Passwords are kept as Argon2 hashes that a small server can afford."""

from threading import Semaphore

from django.contrib.auth import hashers

# A process makes one hash at a time: it fills a processor, and each takes memory.
_one = Semaphore(1)


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane.

    These are OWASP's figures (Password Storage Cheat Sheet). Django's own, 100 MiB for
    each login, fill a server of 1 GB with ten people who sign in together. A hash made
    with others is still understood, and made anew when its owner signs in.
    """

    time_cost = 2
    # KiB.
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _one:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _one:
            return super().verify(password, encoded)
