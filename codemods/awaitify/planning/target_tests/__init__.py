"""What becomes of the target's tests: overrides, fixtures, fakes, async tests."""
