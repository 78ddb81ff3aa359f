"""Alarms as CloudWatch evaluates them: their own dimensions, M of N periods, missing data, without waiting for a put.

The emulator pools all dimensions of a metric, looks at one value over all periods, leaves an alarm alone when its data stops, and
sends a shorter message than AWS does.
"""

import itertools
import json
import threading
import time
from datetime import datetime, timezone

EVALUATE_EVERY_SECONDS = 0.5

# Samples may arrive this much late and still count: the newest ones are looked at from the end, up to the first that is older.
LATE_SECONDS = 60

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def newest(points, since):
    """The samples after `since`, newest first: an alarm looks at a few of the thousands that are kept."""
    return [
        point
        for point in itertools.takewhile(lambda point: point["Timestamp"] > since - LATE_SECONDS, reversed(points))
        if point["Timestamp"] > since
    ]


def verdicts(alarm, points, cloudwatch, now):
    """Per period, newest first: whether it breaches, or None where it has no data."""
    period, statistic = alarm.get("Period", 60), alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    found = []
    periods = alarm.get("EvaluationPeriods", 1)
    recent = newest(points, now - periods * period)
    for index in range(periods):
        end = now - index * period
        inside = [point for point in recent if end - period < point["Timestamp"] <= end]
        value = cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside) if inside else None
        found.append(None if value is None else breaches(value, alarm.get("Threshold", 0)))
    return found


def next_state(alarm, found, age_seconds):
    """The alarm's state after these periods, by the rules of `treatMissingData`."""
    periods = len(found)
    needed = alarm.get("DatapointsToAlarm") or periods
    missing = alarm.get("TreatMissingData") or "missing"
    known = [verdict for verdict in found if verdict is not None]
    if not known:
        if missing == "ignore" or age_seconds < periods * alarm.get("Period", 60):
            return alarm["StateValue"]
        return {"breaching": "ALARM", "notBreaching": "OK"}.get(missing, "INSUFFICIENT_DATA")
    filled = len(found) - len(known)
    breaching = known.count(True) + (filled if missing == "breaching" else 0)
    if breaching >= needed:
        return "ALARM"
    fine = known.count(False) + (filled if missing == "notBreaching" else 0)
    return "OK" if fine > 0 else alarm["StateValue"]


def message_of(alarm, old_state, new_state, reason, account, region):
    """The notification as CloudWatch writes it."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    extended = alarm.get("ExtendedStatistic")
    dimensions = [{"value": dimension["Value"], "name": dimension["Name"]} for dimension in alarm.get("Dimensions") or []]
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "NewStateValue": new_state,
        "NewStateReason": reason,
        "StateChangeTime": now,
        "Region": {"us-east-1": "US East (N. Virginia)"}.get(region, region),
        "AlarmArn": alarm.get("AlarmArn"),
        "OldStateValue": old_state,
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
        "Trigger": {
            "MetricName": alarm.get("MetricName"),
            "Namespace": alarm.get("Namespace"),
            "StatisticType": "ExtendedStatistic" if extended else "Statistic",
            **({"ExtendedStatistic": extended} if extended else {"Statistic": str(alarm.get("Statistic")).upper()}),
            "Unit": alarm.get("Unit") or None,
            "Dimensions": dimensions,
            "Period": alarm.get("Period"),
            "EvaluationPeriods": alarm.get("EvaluationPeriods"),
            "DatapointsToAlarm": alarm.get("DatapointsToAlarm"),
            "ComparisonOperator": alarm.get("ComparisonOperator"),
            "Threshold": alarm.get("Threshold"),
            "TreatMissingData": alarm.get("TreatMissingData"),
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def evaluate_as_cloudwatch_does():
    """Replaces the emulator's evaluation and its message, and starts the clock that evaluates."""
    from ministack.core import responses
    from ministack.services import cloudwatch

    lock = threading.RLock()
    dispatch = cloudwatch._dispatch_alarm_actions

    def evaluate(alarm):
        if alarm.get("ComparisonOperator") not in COMPARISONS or not alarm.get("MetricName"):
            return
        dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
        points = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or []
        now = time.time()
        with lock:
            found = verdicts(alarm, points, cloudwatch, now)
            old, new = alarm["StateValue"], next_state(alarm, found, now - alarm["AlarmConfigurationUpdatedTimestamp"])
            if old == new:
                return
            breaching = sum(1 for verdict in found if verdict)
            reason = (
                f"Threshold Crossed: {breaching} out of the last {len(found)} periods "
                f"crossed the threshold ({alarm.get('Threshold')})"
            )
            alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(now))
            cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
            cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
            cloudwatch._evaluate_parent_alarms(alarm)

    def dispatch_full_message(alarm, old_state, new_state, reason):
        if not alarm.get("MetricName"):
            return dispatch(alarm, old_state, new_state, reason)
        from ministack.services import sns

        field = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}.get(new_state)
        topics = [action for action in alarm.get(field) or [] if cloudwatch._is_sns_action_arn(action)]
        if not alarm.get("ActionsEnabled", True):
            return
        region = responses.get_region()
        message = json.dumps(message_of(alarm, old_state, new_state, reason, responses.get_account_id(), region))
        for topic in topics:
            subject = f'{new_state}: "{alarm["AlarmName"]}" in {region}'[:100]
            sns._fanout(topic, responses.new_uuid(), message, subject)

    def keep_evaluating():
        while True:
            time.sleep(EVALUATE_EVERY_SECONDS)
            for (account, region, _), alarm in list(cloudwatch._alarms._data.items()):
                responses._request_account_id.set(account)
                responses._request_region.set(region)
                try:
                    evaluate(alarm)
                except Exception:
                    cloudwatch.logger.exception("alarm %s could not be evaluated", alarm.get("AlarmName"))

    # The clock evaluates twice a second. Evaluating every alarm at every put as well would cost puts times alarms.
    cloudwatch._evaluate_all_alarms = lambda: None
    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._dispatch_alarm_actions = dispatch_full_message
    threading.Thread(target=keep_evaluating, name="evaluate-alarms", daemon=True).start()
