"""Runs the MiniStack package for one parent process, with the corrections that the local cloud needs.

The parent holds our standard input open; when it closes, the parent is gone and so are we, with every Lambda worker we started
and our temporary folder. Nothing of the package is changed on disk.
"""

import atexit
import os
import shutil
import signal
import sys
import threading
import time

import alarms
import corrections
import processes

GRACE_SECONDS = 5


def remove_temporary_folder():
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)


def end_with_parent():
    """Ends this process and its group when standard input closes."""

    def watch():
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        remove_temporary_folder()
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


if __name__ == "__main__":
    atexit.register(remove_temporary_folder)
    end_with_parent()
    corrections.send_without_delay()
    corrections.speak_for(frozenset(filter(None, os.environ.pop("KINTSUGI_EVENT_SOURCES", "").split(","))))
    corrections.trust_loopback()
    corrections.keep_error_names()
    corrections.time_out_executions()
    corrections.answer_for_machines()
    corrections.list_dead_letter_sources()
    corrections.forget_old_samples()
    alarms.evaluate_as_cloudwatch_does()
    processes.start_few_processes()

    from ministack.app import main

    sys.argv = ["ministack"]
    main()
