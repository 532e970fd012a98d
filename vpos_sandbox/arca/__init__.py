"""ArCa iPay, ArCa EPG and Inecobank: one gateway family, three profiles."""
