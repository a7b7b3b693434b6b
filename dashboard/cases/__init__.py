"""New cases: what may be handed in, a folder each, predicted by a process of its own, removed when nobody keeps it.

The server imports `sweeping` while it starts; it is light, and so is this.
"""
