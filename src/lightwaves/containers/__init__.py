"""What series come in: arrays, lists, mappings and frames, read into arrays by what they offer.

No package of theirs is imported: a tensor or a frame is known by the name and the module of its type.
"""
