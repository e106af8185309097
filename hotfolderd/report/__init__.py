"""What happened, in figures: the histories of all jobs read, added up, and shown as text, JSON, CSV or a page.

Read by commands only, never by the daemon. Writes nothing.
"""

from __future__ import annotations

from hotfolderd.report.figures import report_on, stats_of
from hotfolderd.report.history import Event, History, Moment, events_of, histories, moment

__all__ = ["Event", "History", "Moment", "events_of", "histories", "moment", "report_on", "stats_of"]
