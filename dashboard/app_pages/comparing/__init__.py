"""What the Models page is put together from: the board of runs, and a module for each topic of the comparison."""
