"""The Patients page: the list with its filters, and the page of one patient."""
