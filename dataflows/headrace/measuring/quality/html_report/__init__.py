"""An evaluation's report as one page to read, print or send.

It has figures and tables, no script, and nothing from outside.

page.py      report_html: the page and its sections
tables.py    tables, numbers and escaped text
style.css    how it looks, on a screen and in print
"""

from headrace.measuring.quality.html_report.page import report_html

__all__ = ["report_html"]
