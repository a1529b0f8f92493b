"""`python -m tests.bench.explain`: everything that explanations promise, beside what is measured of it."""
