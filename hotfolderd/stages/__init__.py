"""The stages of each kind of job, one file each."""
