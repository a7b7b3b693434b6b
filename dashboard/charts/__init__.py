"""Charts of plotly as a Streamlit component of our own: drawn when the window comes near, with downloads below.

Streamlit's own brings all of plotly, three times what bars, curves and matrices take, and draws every chart of a page
at once, those far below the window too. Text and lines take the theme's colours by style sheet, so that another theme
draws nothing anew.
"""

from dashboard.charts.component import Written, show, written
from dashboard.charts.mounted import routes

__all__ = ["Written", "routes", "show", "written"]
