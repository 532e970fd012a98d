"""What others say: statement files of banks and wallets, lists of the CRM and the LMS, read into our units and our zone."""
