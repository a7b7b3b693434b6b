"""A slide's stain: found, brought to one reference, or varied for training. torch is imported only where it is used."""
