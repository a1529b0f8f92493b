"""Tests of what a repository is turned into before it is trained on."""
