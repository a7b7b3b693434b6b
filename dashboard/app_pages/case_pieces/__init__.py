"""What the page of a patient and that of a new case are put together from; each piece draws one view model."""
