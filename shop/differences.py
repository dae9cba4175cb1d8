"""Two states of a text, told side by side."""

# Characters of a text that are told: a description may have twenty thousand.
MAX_TOLD = 300
# Characters before the first difference that are told with it.
BEFORE = 40


def side_by_side(old: str, new: str) -> tuple[str, str]:
    """Both as they are; of long texts the part where they begin to differ."""
    if max(len(old), len(new)) <= MAX_TOLD:
        return old, new
    pairs = enumerate(zip(old, new, strict=False))
    same = next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))
    start = max(same - BEFORE, 0)
    return _part(old, start), _part(new, start)


def _part(text: str, start: int) -> str:
    end = start + MAX_TOLD
    return ("…" if start and text else "") + text[start:end] + "…" * (len(text) > end)
