"""Slides -> cached bags: every slide once, whatever is killed on the way, by as many processes as share the folder.

patients   a cohort's bags, or one slide's
extract    the slides of one call: claimed, read, encoded, written
readers    the processes that open slides; `reader` is one of them, `reading` what it does
states     how every slide stands, for other processes to see
locks      who works on which slide
"""

from core.slides.extraction.extract import Order, features_key
from core.slides.extraction.patients import Asked, Summary, extract_bags, extract_features, extract_slide

__all__ = ["Asked", "Order", "Summary", "extract_bags", "extract_features", "extract_slide", "features_key"]
