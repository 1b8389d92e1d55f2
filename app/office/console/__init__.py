"""The officers' review console and the pages around it: what a browser is shown."""
