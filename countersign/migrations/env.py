"""Alembic's environment: the connection comes from `store.open_store`, or from `-x url=…` for a developer."""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import models.tables  # noqa: F401  # pyright: ignore[reportUnusedImport]  (fills the metadata)


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        url = context.get_x_argument(as_dictionary=True)["url"]
        connection = create_engine(url).connect()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transactional_ddl=False,  # the caller's transaction holds
    )
    with context.begin_transaction():
        context.run_migrations()


run()
