"""What records and statements mean: pure folds, one noun a module."""
