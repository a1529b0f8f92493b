"""Error-tolerant syntax trees, in offsets that are code points."""
