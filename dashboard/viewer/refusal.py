"""What the viewer answers where it has nothing to show."""


class RefusedError(Exception):
    """Says in one sentence, which names no file and no patient, why there is nothing to send."""
