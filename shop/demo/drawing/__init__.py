"""The pictures of the demo shop as SVG: one small function per kind of thing."""
