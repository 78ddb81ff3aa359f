"""Runs the MiniStack package for one parent process, with the few corrections the local cloud needs.

The parent holds our standard input open; when it closes, the parent is gone and so are we, with every Lambda worker we started
and our temporary folder. Nothing of the package is changed on disk.
"""

import atexit
import os
import shutil
import signal
import socket
import sys
import threading
import time

GRACE_SECONDS = 5


def send_without_delay():
    """Sets TCP_NODELAY on accepted sockets: asyncio leaves it off on these, which costs 44 ms per kept-alive call."""
    accept = socket.socket.accept

    def accept_without_delay(self):
        connection, address = accept(self)
        if self.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    socket.socket.accept = accept_without_delay


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


def speak_for(sources):
    """Lets services that run beside the emulator publish events in the name of the AWS service they stand in for."""
    from ministack.services import eventbridge

    put_events = eventbridge._put_events

    def put_events_of_services(data, allow_aws_source=False):
        entries = data.get("Entries") or []
        ours = bool(entries) and all(entry.get("Source") in sources for entry in entries)
        return put_events(data, allow_aws_source=allow_aws_source or ours)

    eventbridge._put_events = put_events_of_services


def trust_loopback():
    """Counts requests as sent over TLS: they never leave this machine, and policies that refuse plain HTTP would refuse all."""
    from ministack import app

    pin_request_origin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin_request_origin(source_ip, True)


if __name__ == "__main__":
    atexit.register(remove_temporary_folder)
    end_with_parent()
    send_without_delay()
    speak_for(frozenset(filter(None, os.environ.pop("KINTSUGI_EVENT_SOURCES", "").split(","))))

    trust_loopback()

    from ministack.app import main

    sys.argv = ["ministack"]
    main()
