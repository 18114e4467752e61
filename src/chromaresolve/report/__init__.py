"""One page that shows what was done to a shot and how well: numbers, pictures, and where from."""

from chromaresolve.report.page import report
from chromaresolve.report.pictures import Row, contact_sheet, difference_map

__all__ = ["Row", "contact_sheet", "difference_map", "report"]
