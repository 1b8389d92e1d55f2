"""The applicant's journey, one module a page; a page imports the next one only when going there."""
