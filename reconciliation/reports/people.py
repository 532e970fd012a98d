"""How colleagues are named in reports."""


def name_of(alias: str) -> str:
    """Return SQL for the name of a joined user: first and last name, else the login."""
    return f"coalesce(nullif(trim({alias}.first_name || ' ' || {alias}.last_name), ''), {alias}.username)"
