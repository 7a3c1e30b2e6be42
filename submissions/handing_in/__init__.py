"""On what terms students hand in, and the way of an upload until it cannot be lost. It gives no score."""
