"""The part of constriction that this project uses; constriction ships no types."""

from constriction import stream as stream
