"""The one error that a user can mend."""


class InputError(Exception):
    """Something a user gave is wrong: the message says what, where and what to do, in one sentence.

    Command lines print it and exit with code 2; pages show it. Our own bugs are `assert`s instead.
    Messages never carry patient-level values.
    """
