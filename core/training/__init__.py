"""Folds, scalers, batches, fit and cross-validation."""
