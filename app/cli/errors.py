"""How a command fails: with one line on stderr and an exit status, never with a traceback."""


class CommandError(Exception):
    """The command cannot do what was asked; the message is one line that says what to do."""

    exit_code = 1


class StartError(CommandError):
    """The command cannot even start: a setting, a port, a schema is not what it must be."""

    exit_code = 2


def expect(words: str, *, met: bool) -> None:
    """CommandError unless what the words name was met."""
    if not met:
        raise CommandError(f"expected {words}")
