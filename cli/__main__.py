"""`python -m cli`: how the launcher starts the service's processes, whatever PATH says."""

from __future__ import annotations

from cli.main import main

main()
