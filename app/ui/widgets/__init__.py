"""Small parts that every screen is made of; they show and tell, and know no service, no store."""
