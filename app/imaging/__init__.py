"""Pages in, documents out; untrusted bytes are only ever parsed in the worker process."""
