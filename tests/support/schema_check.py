"""`alembic check` on a fresh SQLite file: the migrations make what the models describe."""

import tempfile
from pathlib import Path

from alembic import command

from app.db.migrate import alembic_config


def main() -> None:
    """Exits with Alembic's error where a model and the migrations differ."""
    with tempfile.TemporaryDirectory() as folder:
        config = alembic_config(f"sqlite+aiosqlite:///{Path(folder) / 'check.db'}")
        config.stdout = (Path(folder) / "said").open("w")
        with config.stdout:
            command.upgrade(config, "head")
            command.check(config)


if __name__ == "__main__":
    main()
