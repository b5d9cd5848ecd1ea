"""hotseat demo"""


def demo() -> None:
    """Later."""
