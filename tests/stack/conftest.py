from tests.faults.conftest import stock, tallies, template

__all__ = ["stock", "tallies", "template"]
