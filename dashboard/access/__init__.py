"""Who is there and what they may do, decided here and nowhere else.

`settings` reads access.toml, `visitors` tells who a request comes from, `roles` what a role may do, `tokens` are the
keys of programs, `audit` notes who did what.
"""
