"""Where keys live, passwords and PINs, redaction of logs; stores nothing but the key."""
