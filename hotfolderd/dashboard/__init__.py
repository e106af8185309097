"""The dashboard: `dashboard.html` in the root and `batch.html` in each batch's folder, for people to look at.

It is handed what the daemon has in memory (`seen`), makes pages of it (`page`, `batch_page`) and writes them now and
then (`writer`). Nothing ever reads them back.
"""

from hotfolderd.dashboard.seen import BatchSeen, JobSeen, Seen
from hotfolderd.dashboard.writer import DASHBOARD, Dashboard, write_first

__all__ = ["DASHBOARD", "BatchSeen", "Dashboard", "JobSeen", "Seen", "write_first"]
