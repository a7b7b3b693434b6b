"""From probabilities to decisions: calibration, thresholds, net benefit, referral; fitted on inner parts only."""
