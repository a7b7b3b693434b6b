"""A folder a page: `page` has `render` (widgets, one question to store or data folder, one view model, drawing).

Beside it lie the pieces of that page; what several pages show lies in `dashboard/pieces`.
"""
