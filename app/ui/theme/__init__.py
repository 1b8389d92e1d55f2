"""How everything looks: one table of tokens and what Qt needs made from it; never a layout."""
