"""How fast the shop is, as a ratio to what its database could do at best."""
