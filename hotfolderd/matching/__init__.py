"""Which layer of the design belongs to which placeholder of the template.

Reads values of the model only. `match` is the door; `names` and `vocabulary` know words, `sides` what stands on either
side, `scores` weighs a pair, `order` its neighbours, `assign` chooses, `sizes` says how a picture fills its frame.
"""

from __future__ import annotations

from hotfolderd.matching.matcher import match, unknown_texts

__all__ = ["match", "unknown_texts"]
