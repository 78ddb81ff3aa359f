"""Where the emulator differs from AWS and a well-formed AWS design would break on it, it is corrected here, in memory.

Every correction is held by a row of the conformance table; when the row passes without it, delete it.
"""

import contextvars
import json
import socket
import threading

# The emulator's own words for an error thrown by a function, whatever its name.
NAMELESS_ERROR = "Runtime.HandlerError"
# Its words for a function whose process ended in the middle of a call or of its start, and what Lambda calls that.
DIED, EXIT_ERROR = ("Worker process died", "Worker process exited immediately"), "Runtime.ExitError"


def send_without_delay():
    """Sets TCP_NODELAY on accepted sockets: asyncio leaves it off on these, which costs 44 ms per kept-alive call."""
    accept = socket.socket.accept

    def accept_without_delay(self):
        connection, address = accept(self)
        if self.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    socket.socket.accept = accept_without_delay


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
    """Counts every request as sent over TLS: none leaves this machine, and policies that refuse plain HTTP would refuse all."""
    from ministack import app
    from ministack.core import iam_evaluator

    # What a background thread delivers (an alarm, a schedule) has no request, and takes the default.
    iam_evaluator._request_origin = contextvars.ContextVar("origin", default=("127.0.0.1", True))
    pin_request_origin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin_request_origin(source_ip, True)


def keep_error_names():
    """Reports an error that a Node function throws under its own name, and its death under Lambda's: Retry and Catch match them."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    # The worker says what was thrown in two places: from a promise or callback, and at once.
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    for reported, thrown in (("error: String(err.message || err)", "err"), ("error: e.message, trace: e.stack", "e")):
        if script.count(reported) != 1:
            raise RuntimeError(f"keep_error_names: the worker script no longer says {reported!r} once")
        script = script.replace(reported, f"errorName: {thrown} && {thrown}.name, {reported}")
    lambda_runtime._NODEJS_WORKER_SCRIPT = script

    last = threading.local()
    invoke = lambda_runtime.Worker.invoke
    execute = lambda_svc._execute_function_warm

    def invoke_keeping_name(self, *args, **kwargs):
        response = invoke(self, *args, **kwargs)
        last.name = response.get("errorName")
        return response

    def execute_with_name(func, event, request_id):
        last.name = None
        result = execute(func, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict):
            if str(body.get("errorMessage")).startswith(DIED):
                body["errorType"] = EXIT_ERROR
            elif last.name and body.get("errorType") == NAMELESS_ERROR:
                body["errorType"] = last.name
        return result

    lambda_runtime.Worker.invoke = invoke_keeping_name
    lambda_svc._execute_function_warm = execute_with_name


def time_out_executions():
    """Ends an execution that runs longer than its state machine's TimeoutSeconds."""
    from ministack.services import stepfunctions

    run, fail = stepfunctions._run_execution, stepfunctions._fail_execution

    def fail_if_running(execution, error, cause):
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def expire(execution):
        if execution["status"] != "RUNNING":
            return
        execution.update(status="TIMED_OUT", error="States.Timeout", stopDate=stepfunctions.now_iso())
        stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
        stepfunctions._emit_execution_status_event(execution)

    def run_within_timeout(arn):
        execution = stepfunctions._executions.get(arn) or {}
        machine = stepfunctions._state_machines.get(execution.get("stateMachineArn")) or {}
        seconds = json.loads(machine.get("definition") or "{}").get("TimeoutSeconds")
        if seconds is None:
            return run(arn)
        # The timer's thread needs this thread's account and region.
        timer = threading.Timer(seconds, contextvars.copy_context().run, (expire, execution))
        timer.daemon = True
        timer.start()
        try:
            return run(arn)
        finally:
            timer.cancel()

    stepfunctions._run_execution, stepfunctions._fail_execution = run_within_timeout, fail_if_running


def answer_for_machines():
    """Holds an answer to a task token against a permission on the state machine that waits for it, as AWS does.

    The emulator knows no resource of such a call, so that only a permission on everything would do.
    """
    from ministack.core import iam_actions
    from ministack.services import stepfunctions

    running = threading.local()
    machines = {}
    run, wait, resource_of = stepfunctions._run_execution, stepfunctions._invoke_with_callback, iam_actions.extract_resource_arn

    def run_as(arn):
        running.machine = (stepfunctions._executions.get(arn) or {}).get("stateMachineArn")
        return run(arn)

    def wait_as(resource, input_data, token, state_def):
        machines[token] = running.machine
        return wait(resource, input_data, token, state_def)

    def resource_of_token(service, method, path, headers, body, *rest):
        resource = resource_of(service, method, path, headers, body, *rest)
        if service != "states" or resource != "*":
            return resource
        return machines.get(json.loads(body or "{}").get("taskToken")) or resource

    stepfunctions._run_execution, stepfunctions._invoke_with_callback = run_as, wait_as
    iam_actions.extract_resource_arn = resource_of_token


def list_dead_letter_sources():
    """Says which queues send their dead letters to a queue; the emulator has no such operation."""
    from ministack.services import sqs

    def target_of(queue):
        return json.loads(queue["attributes"].get("RedrivePolicy") or "{}").get("deadLetterTargetArn")

    def sources(data, url):
        letters = sqs._get_q(data.get("QueueUrl", url), "sqs:ListDeadLetterSourceQueues")
        arn = letters["attributes"]["QueueArn"]
        return {"queueUrls": [source for source, queue in sqs._queues.items() if target_of(queue) == arn]}

    sqs._HANDLERS["ListDeadLetterSourceQueues"] = sources


def forget_old_samples():
    """Looks for samples to forget every ten seconds instead of at every call, and forgets them after half an hour.

    The emulator walks through every sample it holds at each CloudWatch call; a shop that is measured every second would
    bring it to a standstill within minutes.
    """
    import time

    from ministack.services import cloudwatch

    kept_seconds, pause_seconds = 1_800, 10
    last = [0.0]

    def evict_now_and_then():
        now = time.time()
        if now - last[0] < pause_seconds:
            return
        last[0] = now
        for key, points in list(cloudwatch._metrics.items()):
            recent = [point for point in points if point["Timestamp"] >= now - kept_seconds]
            if recent:
                cloudwatch._metrics[key] = recent
            else:
                del cloudwatch._metrics[key]

    cloudwatch._evict_old_metrics = evict_now_and_then
