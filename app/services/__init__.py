"""What people do, one function and one transaction each; knows no Qt, SQL or HTTP."""
