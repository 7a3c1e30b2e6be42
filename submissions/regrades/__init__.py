"""A suite run over many submissions: which ones, what that would move, and the decision. Nothing counts unseen."""
