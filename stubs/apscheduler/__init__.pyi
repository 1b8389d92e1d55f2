"""The part of APScheduler 3 that this project uses; APScheduler ships no types."""
