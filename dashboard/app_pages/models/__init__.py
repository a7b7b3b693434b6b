"""The Models page: the board of runs, and a module for each topic of the comparison."""
