"""Ends as if it had run the script."""
