"""Alembic migrations. `store.open_store` applies them; `store.HEAD` names the newest."""
