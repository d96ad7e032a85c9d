"""The tests of the target: fixtures, fakes, and which of them may become async."""
