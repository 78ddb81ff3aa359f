"""How many processes the emulator's functions run in."""

import os
import threading
import time
from collections import defaultdict, deque


def start_few_processes():
    """Lets calls of a function stand in line for its processes: a few of them serve more calls than many do.

    The emulator starts a process for each call that finds none free. While two cores start ten, every call takes longer and
    more of them find none free, until nothing but starting goes on: AWS has the machines for that, a laptop has not. So the
    first in line starts another process only after a wait that grows with the square of how many there are: soon while they
    are few, as when a phase of the loop sleeps in one, and late for a crowd that only needs its turn.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    acquire, release, spawn = lambda_svc.acquire_worker, lambda_svc.release_worker, lambda_runtime.Worker._spawn
    patience_seconds, most_starting = 0.05, os.cpu_count() or 1
    lines, starting, lock = defaultdict(deque), set(), threading.Lock()

    def may_go_on(key, waited):
        with lambda_runtime._lock:
            busy = [worker.in_use for worker in lambda_runtime._workers.get(key, [])]
        return not all(busy) or (waited >= patience_seconds * len(busy) ** 2 and len(starting) < most_starting)

    def wake_the_first():
        for line in lines.values():
            if line:
                line[0].set()

    def acquire_in_turn(func_name, config, code_zip, qualifier="$LATEST", max_concurrency=None):
        key, came, turn = lambda_runtime._worker_key(func_name, config, qualifier), time.monotonic(), threading.Event()
        with lock:
            lines[key].append(turn)
        while True:
            with lock:
                is_first = lines[key][0] is turn
                if is_first and may_go_on(key, time.monotonic() - came):
                    lines[key].popleft()
                    wake_the_first()
                    worker, how = acquire(func_name, config, code_zip, qualifier, max_concurrency)
                    if how == "spawn":
                        starting.add(worker)  # it starts when it is invoked, a moment from now
                    return worker, how
            turn.wait(patience_seconds if is_first else None)
            turn.clear()

    def no_longer_starting(worker):
        with lock:
            starting.discard(worker)
            wake_the_first()

    def spawn_and_tell(worker):
        with lock:
            starting.add(worker)
        try:
            return spawn(worker)
        finally:
            no_longer_starting(worker)

    def release_and_tell(worker):
        release(worker)
        no_longer_starting(worker)

    lambda_svc.acquire_worker, lambda_svc.release_worker = acquire_in_turn, release_and_tell
    lambda_runtime.Worker._spawn = spawn_and_tell
