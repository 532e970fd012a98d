"""What others say of our money, the comparison with our books, the breaks it found, the locked month."""

from reconciliation.models.discrepancy import Discrepancy
from reconciliation.models.month_close import KeptReport, KeptReportPart, MonthClose, MonthSnapshot
from reconciliation.models.profile import MappingProfile, Side
from reconciliation.models.run import Run
from reconciliation.models.source_file import BadRow, SourceFile, SourceFilePart, SourceRow
from reconciliation.models.upload import Upload, UploadPart

__all__ = [
    "BadRow",
    "Discrepancy",
    "KeptReport",
    "KeptReportPart",
    "MappingProfile",
    "MonthClose",
    "MonthSnapshot",
    "Run",
    "Side",
    "SourceFile",
    "SourceFilePart",
    "SourceRow",
    "Upload",
    "UploadPart",
]
