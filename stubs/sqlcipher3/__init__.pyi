"""The part of sqlcipher3 that this project uses: the shape of sqlite3, with a cipher beneath."""
