"""`python -m app.cli`: the same as the command `hotseat`."""

from app.cli import main

main()
