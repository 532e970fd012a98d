"""Banks and wallets on the wire: one file each, values in and values out, no model and no request object."""
