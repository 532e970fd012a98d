"""A test bank: a server of its own that speaks Ameriabank vPOS 3.1 and the ArCa iPay family."""
