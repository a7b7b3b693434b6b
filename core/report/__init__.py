"""The report of a run: one HTML file, one PDF, and a CSV of every table, for a paper's supplement."""

from core.report.content import document
from core.report.findings import Findings, read_findings
from core.report.writing import write_report

__all__ = ["Findings", "document", "read_findings", "write_report"]
