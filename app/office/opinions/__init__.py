"""What people think of the service: taken without a name, told where enough have spoken."""
