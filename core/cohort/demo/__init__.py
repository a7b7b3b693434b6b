"""The synthetic cohort: slides, expression and a clinical table with a planted signal, written as real files."""

from core.cohort.demo.writing import write_demo

__all__ = ["write_demo"]
