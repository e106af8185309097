"""The configuration: `config.yaml` beside the root, checked, as a frozen value.

Reads the file and what overrides it; `write_default` writes one. Seen by `cli` and `daemon` only: the rest is handed
what it needs.
"""

from __future__ import annotations

from hotfolderd.config.people import NotifySettings
from hotfolderd.config.reading import (
    check_config,
    example_text,
    load_config,
    overridden,
    read_addresses,
    write_default,
)
from hotfolderd.config.sections import (
    DELIVERY_NAMES,
    DeliverySettings,
    OutputSettings,
    PreviewSettings,
    RetentionSettings,
    ValidationSettings,
    WorkerSettings,
)
from hotfolderd.config.whole import Config
from hotfolderd.runtime import file_for

__all__ = [
    "DELIVERY_NAMES",
    "Config",
    "DeliverySettings",
    "NotifySettings",
    "OutputSettings",
    "PreviewSettings",
    "RetentionSettings",
    "ValidationSettings",
    "WorkerSettings",
    "check_config",
    "example_text",
    "file_for",
    "load_config",
    "overridden",
    "read_addresses",
    "write_default",
]
