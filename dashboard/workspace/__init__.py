"""What the dashboard itself writes: `<data>/workspace.duckdb`, held by one server. The only room there with SQL.

A module for each thing that is kept: it declares its tables as `CREATE TABLE IF NOT EXISTS` and hands that text to
`Workspace.cursor` and `Workspace.change`.
"""

from dashboard.workspace.database import Workspace

__all__ = ["Workspace"]
