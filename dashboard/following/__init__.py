"""What runs and what became of it, whoever began it: a page, a terminal, another machine on the same folder."""
