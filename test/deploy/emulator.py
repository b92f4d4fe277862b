"""Runs ministack 1.5.33 with seven of its gaps closed, each where AWS documents the behaviour.

What is patched, and nothing else:

1. CloudFormation drops a Lambda function's `DurableConfig` and a schedule's time zone and dates. They are handed to
   ministack's own implementation, which has both.
2. EventBridge Scheduler delivers `Input` as it is. AWS replaces `<aws.scheduler.*>` attributes (Scheduler User Guide,
   managing-schedule-context-attributes).
3. Scheduler's deliveries and asynchronous invocations run the handler directly. AWS starts a durable execution
   (Lambda Developer Guide, durable-invoking); ministack starts one, and looks at its result only when synchronous.
4. A durable function that a durable execution invokes runs directly, and nobody wakes who waits for it. AWS starts an
   execution for it, with the rights of the caller's role, and goes on with the caller once it has ended (Lambda
   Developer Guide, durable-execution-sdk: invoke).
5. IAM knows no `events:source`, so that a policy with this condition denies everything. It is what the entry says
   (EventBridge User Guide, eb-use-conditions).
6. CloudFormation knows no `AWS::SecretsManager::RotationSchedule`. It attaches the function, and rotates nothing where
   RotateImmediatelyOnUpdate is false (CloudFormation User Guide, AWS::SecretsManager::RotationSchedule).
7. CloudFormation's `Ref` of a secret is its name, so that a policy on it allows nothing. It is the ARN (CloudFormation
   User Guide, AWS::SecretsManager::Secret).
"""

import contextvars
import json
import threading
import time
from datetime import datetime, timezone

import botocore.session
from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import eventbridge, lambda_durable, lambda_svc, scheduler, secretsmanager
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
        for name in ("ScheduleExpressionTimezone", "ActionAfterCompletion"):
            if name in props:
                record[name] = props[name]
        # A template has text; the API, and so GetSchedule, has epoch seconds.
        for name in ("StartDate", "EndDate"):
            if name in props:
                record[name] = scheduler._to_epoch(props[name])
        return created

    function["create"] = create_durable
    schedule["create"] = lambda id, props, *rest: keep_times(create_schedule(id, props, *rest), props)
    schedule["update"] = lambda id, old, new, *rest: keep_times(update_schedule(id, old, new, *rest), new)


def fire_as_documented():
    dispatch = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        if event.get("Source") != "aws.scheduler" or ":lambda:" not in target.get("Arn", ""):
            return dispatch(target, event, rule, view)
        once = scheduler._at_time_epoch(rule["ScheduleExpression"])
        due = datetime.fromtimestamp(time.time() // 60 * 60 if once is None else once, tz=timezone.utc)
        attributes = {
            "schedule-arn": rule["Arn"],
            "scheduled-time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
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
    client = lambda_as(role, function, schedule)
    invoke = lambda: client.invoke(FunctionName=function, InvocationType="Event", Payload=payload)
    threading.Thread(target=invoke, daemon=True).start()


def lambda_as(role, function, session):
    """A client with no more rights than the role has."""
    credentials = lambda_runtime.execution_credentials({"FunctionArn": function, "FunctionName": session, "Role": role})
    return botocore.session.get_session().create_client(
        "lambda",
        region_name=function.split(":")[3],
        endpoint_url=f"http://127.0.0.1:{app._resolve_port()}",
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"] or None,
    )


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


def chain_durable_executions():
    def fire(parent, operation, options, payload):
        caller = parent["DurableExecutionArn"].split(":durable-execution")[0].split("/durable-execution/")[0]
        context = contextvars.copy_context()
        work = lambda: context.run(run_child, parent, caller, operation, options["FunctionName"], payload or "{}")
        threading.Thread(target=work, daemon=True).start()

    def run_child(parent, caller, operation, target, payload):
        function = lambda_svc._functions[caller.split(":function:")[1].split(":")[0]]["config"]
        client = lambda_as(function["Role"], caller, "chained")
        try:
            started = client.invoke(FunctionName=target, InvocationType="Event", Payload=payload)
            child = lambda_durable._executions[started["DurableExecutionArn"]]
            while child["Status"] == "RUNNING":
                time.sleep(0.2)
            failed = None if child["Status"] == "SUCCEEDED" else child.get("Error") or {"ErrorType": child["Status"]}
        except Exception as error:
            child, failed = {}, {"ErrorType": type(error).__name__, "ErrorMessage": str(error), "StackTrace": []}
        # Whoever called is not to be woken before it sleeps: that is when it has been invoked and is no more.
        lambda_durable._append_chained_result(parent, operation, failed is None, child.get("Result"), failed)
        wake(parent["DurableExecutionArn"], function["FunctionName"])

    waking = threading.Lock()

    def wake(execution, name):
        with waking:
            for _ in range(1500):
                parent = lambda_durable._executions[execution]
                if parent["Status"] != "RUNNING":
                    return
                if execution not in running:
                    return lambda_svc.invoke_durable_resume(name, execution, {})
                time.sleep(0.2)

    running = set()
    execute = lambda_svc._execute_function

    def execute_function(func, event, *rest, **named):
        execution = event.get("DurableExecutionArn") if isinstance(event, dict) else None
        if execution is None:
            return execute(func, event, *rest, **named)
        running.add(execution)
        try:
            return execute(func, event, *rest, **named)
        finally:
            running.discard(execution)

    lambda_svc._execute_function = execute_function
    lambda_durable._fire_chained_invoke = fire


def know_the_source_of_events():
    requested = contextvars.ContextVar("requested", default=b"")
    action_of, enforce = iam_actions.extract_iam_action, iam_evaluator.enforce

    def extract_iam_action(service, method, path, headers, body, *rest):
        requested.set(body)
        return action_of(service, method, path, headers, body, *rest)

    def enforce_with_source(access_key, action, *rest, **named):
        if action == "events:PutEvents":
            sources = {entry.get("Source") for entry in json.loads(requested.get() or b"{}").get("Entries", [])}
            # Entries of several sources would each have to be allowed: ours send one.
            named["service_context"] = {"events:source": sources.pop() if len(sources) == 1 else None}
        return enforce(access_key, action, *rest, **named)

    iam_actions.extract_iam_action = extract_iam_action
    iam_evaluator.enforce = enforce_with_source


def attach_rotation():
    def create(logical_id, props, *rest):
        if props.get("RotateImmediatelyOnUpdate", True) is not False:
            raise ValueError("RotateImmediatelyOnUpdate: only false is emulated")
        _, secret = secretsmanager._resolve(props["SecretId"])
        secret.update(RotationLambdaARN=props["RotationLambdaARN"], RotationEnabled=True)
        return secret["ARN"], {"Ref": secret["ARN"]}

    handler = {"create": create, "delete": lambda *rest: None}
    provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::RotationSchedule"] = handler


def refer_to_secrets_by_arn():
    handler = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, delete = handler["create"], handler["delete"]

    def create_secret(*args):
        _, attributes = create(*args)
        return attributes["Arn"], attributes

    handler["create"] = create_secret
    handler["delete"] = lambda arn, props, *rest: delete(secretsmanager._resolve(arn)[0], props, *rest)


keep_dropped_properties()
refer_to_secrets_by_arn()
attach_rotation()
fire_as_documented()
start_durable_executions_asynchronously()
chain_durable_executions()
know_the_source_of_events()
app.main()
