from constriction.stream import model as model
from constriction.stream import queue as queue
