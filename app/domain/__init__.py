"""What the program knows about applications; pure: no I/O, Qt, SQL, HTTP or clock reads."""
