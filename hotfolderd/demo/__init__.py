"""Makes sample files by code alone: a design, a template and a small batch. Nothing of it is needed to run the line."""
