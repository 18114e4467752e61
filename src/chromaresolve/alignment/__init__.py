"""Reference -> Source geometry, and how far each pixel of the pair can be trusted."""
