"""
The closed list of what a person can do about a break, the most useful first. Each calls an ordinary verb.

What the facts settle closes by itself; what stays different is closed by the person's decision, with a reason, and stays so until
the sums change.
"""

from reconciliation.break_ends import answered, asking, credit, fee

RESOLUTIONS = [
    asking.ASK_PROVIDER,
    asking.LINK_PAYMENT,
    credit.USE_CREDIT,
    fee.NOTE_FEE,
    answered.CORRECTED_THERE,
    answered.ACCEPT,
]
