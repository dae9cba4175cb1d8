"""Real servers for the tests: what answers, else what is installed, else wheels."""


class Missing(Exception):
    """A service that this machine cannot give; the text says why, in one sentence."""
