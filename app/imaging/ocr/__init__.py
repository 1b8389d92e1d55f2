"""Reads text and codes off pictures, offline, inside the worker; what they mean is not its task."""
