"""A process of its own in the tests of the queue: `python -m tests.pipeline.redis_worker WHAT URL`.

`call`: wakes `record` 200 times and says how many wake-ups got through. `hear`: takes one wake-up
from Redis and waits, without acknowledging it, until it is killed.
"""

import sys
import threading

from pipeline.queue import QUEUE, QueueWake
from pipeline.redisqueue import RedisMarks, RedisQueue, connect


class Counted(RedisMarks):
    taken = 0

    def take(self, stage: str) -> bool:
        free = super().take(stage)
        self.taken += free
        return free


def main(what: str, url: str) -> None:
    client = connect(url)
    broker = RedisQueue(client)
    if what == "call":
        marks = Counted(client)
        wake = QueueWake(broker, marks)
        for _ in range(200):
            wake.send("record")
        print(marks.taken)
        return
    for message in broker.consume(QUEUE, prefetch=1, timeout=50):
        if message is not None:
            print(message.actor_name, flush=True)
            threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
