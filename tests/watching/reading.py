"""What /metrics answers, as numbers."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

# A sample's name and its labels, sorted.
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> Any:
    """The sample with just these labels; None: there is none."""
    return found.get((name, tuple(sorted(labels.items()))))
