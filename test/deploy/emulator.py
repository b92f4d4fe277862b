"""Runs ministack 1.5.33 with three of its gaps closed, each where AWS documents the behaviour.

What is patched, and nothing else:

1. CloudFormation drops a Lambda function's `DurableConfig` and a schedule's time zone and dates. They are handed to
   ministack's own implementation, which has both.
2. EventBridge Scheduler delivers `Input` as it is. AWS replaces `<aws.scheduler.*>` attributes (Scheduler User Guide,
   managing-schedule-context-attributes).
3. Scheduler's deliveries and asynchronous invocations run the handler directly. AWS starts a durable execution
   (Lambda Developer Guide, durable-invoking); ministack starts one, and looks at its result only when synchronous.
"""

import contextvars
import threading
import time
from datetime import datetime, timezone

import botocore.session
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import eventbridge, lambda_svc, scheduler
from ministack.services.cloudformation import provisioners


def keep_dropped_properties():
    handlers = provisioners._RESOURCE_HANDLERS
    function, schedule = handlers["AWS::Lambda::Function"], handlers["AWS::Scheduler::Schedule"]
    create_function, create_schedule, update_schedule = function["create"], schedule["create"], schedule["update"]

    def create_durable(logical_id, props, *rest):
        created = create_function(logical_id, props, *rest)
        if props.get("DurableConfig"):
            config = lambda_svc._functions[created[0]]["config"]
            config["DurableConfig"] = {**props["DurableConfig"], "Enabled": True}
        return created

    def keep_times(created, props):
        record = scheduler._schedules[f"{props.get('GroupName', 'default')}/{created[0]}"]
        for name in ("ScheduleExpressionTimezone", "StartDate", "EndDate", "ActionAfterCompletion"):
            if name in props:
                record[name] = props[name]
        return created

    function["create"] = create_durable
    schedule["create"] = lambda id, props, *rest: keep_times(create_schedule(id, props, *rest), props)
    schedule["update"] = lambda id, old, new, *rest: keep_times(update_schedule(id, old, new, *rest), new)


def fire_as_documented():
    dispatch = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        if event.get("Source") != "aws.scheduler" or ":lambda:" not in target.get("Arn", ""):
            return dispatch(target, event, rule, view)
        minute = datetime.fromtimestamp(time.time() // 60 * 60, tz=timezone.utc)
        attributes = {
            "schedule-arn": rule["Arn"],
            "scheduled-time": minute.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "execution-id": event["EventId"],
            "attempt-number": "1",
        }
        payload = target.get("Input", "{}")
        for name, value in attributes.items():
            payload = payload.replace(f"<aws.scheduler.{name}>", value)
        invoke_later(rule["Name"], target["RoleArn"], target["Arn"], payload)

    eventbridge._invoke_target = invoke_target


def invoke_later(schedule, role, function, payload):
    """An asynchronous invocation through the front door, with no more rights than the schedule's role has."""
    region = function.split(":")[3]
    session = {"FunctionArn": function, "FunctionName": schedule, "Role": role}
    credentials = lambda_runtime.execution_credentials(session)
    client = botocore.session.get_session().create_client(
        "lambda",
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{app._resolve_port()}",
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"] or None,
    )
    invoke = lambda: client.invoke(FunctionName=function, InvocationType="Event", Payload=payload)
    threading.Thread(target=invoke, daemon=True).start()


def start_durable_executions_asynchronously():
    run = lambda_svc.invoke_async_with_retry

    def invoke_async(func, event):
        execution = event.get("DurableExecutionArn") if isinstance(event, dict) else None
        if execution is None:
            return run(func, event)
        name = func["config"]["FunctionName"]
        context = contextvars.copy_context()
        work = lambda: context.run(lambda_svc.invoke_durable_resume, name, execution, event)
        threading.Thread(target=work, daemon=True).start()

    lambda_svc.invoke_async_with_retry = invoke_async


keep_dropped_properties()
fire_as_documented()
start_durable_executions_asynchronously()
app.main()
