"""hotseat import"""


def import_people() -> None:
    """Later."""
