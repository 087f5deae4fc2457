"""Records out of clerks' files: CSV in any encoding, XLSX and XLS, with the errors told by row and column.

`reading` opens the file, `layout` finds the line of headings and guesses what the columns are, `cells` and `matching` understand what
stands in them, `apply` checks and writes through `batch`, `job` does that outside of the page, `report` gives the workbook back
with the errors marked, `template` makes an empty one.
"""

from services.crud.importing.job import submit

__all__ = ["submit"]
