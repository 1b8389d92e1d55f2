"""The operator's desk: sign in, today, list, one application, sending, settings; never a form."""
