"""One module a page, each with `render`: widgets, one question to store or data folder, one view model, drawing.

`explanation`, `extraction` and `slides` are parts of pages.
"""
