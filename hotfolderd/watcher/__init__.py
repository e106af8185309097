"""Watching the root: every event only rings a bell; what happened is found out by looking."""

from hotfolderd.watcher.mounts import is_network
from hotfolderd.watcher.watcher import Watcher

__all__ = ["Watcher", "is_network"]
