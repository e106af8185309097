"""Labelled pairs of designs and templates, made up as studios make them: see `scenarios`."""
