"""The template job: a PSD design into an After Effects project."""
