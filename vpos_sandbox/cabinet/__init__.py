"""The merchant's cabinet at the bank: statements to download, and refunds behind the shop's back."""
