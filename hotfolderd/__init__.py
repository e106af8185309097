"""hotfolderd turns a folder into a production line with people in it."""

__version__ = "0.1.0"
