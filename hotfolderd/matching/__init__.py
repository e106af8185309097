"""Which layer of the design belongs to which placeholder of the template.

Reads values of the model only. `matcher.match` is the door; `names`, `forms` and `vocabulary` know words, `given` the
texts that were ordered, `sides` what stands on either side, `evidence`, `order` and `layout` what speaks for a pair,
`pairs` weighs it, `assign` chooses, `confidence` says how sure that is, `sizes` how a picture fills its frame, `memory`
what was approved before.
Nothing is imported here: the daemon reads `memory` and must not load the rest.
"""
