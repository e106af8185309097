"""`python -m hotfolderd`, and the console command."""

from __future__ import annotations

from hotfolderd.cli.app import main

if __name__ == "__main__":
    main()
