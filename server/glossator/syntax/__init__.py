"""Error-tolerant syntax trees."""
