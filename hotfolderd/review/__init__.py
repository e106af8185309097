"""What people read and write: sidecars, receipts, pages."""
