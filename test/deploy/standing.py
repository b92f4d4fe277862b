"""Prints, as JSON, everything in the account whose name holds the given text: by service, what a deploy has made."""

import json
import os
import sys

import botocore.session

session = botocore.session.get_session()


def client(service):
    return session.create_client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def stacks():
    everything = client("cloudformation").list_stacks()["StackSummaries"]
    return [it["StackName"] for it in everything if it["StackStatus"] != "DELETE_COMPLETE"]


FOUND = {
    "stacks": stacks,
    "buckets": lambda: [it["Name"] for it in client("s3").list_buckets()["Buckets"]],
    "functions": lambda: [it["FunctionName"] for it in client("lambda").list_functions()["Functions"]],
    "schedule groups": lambda: [it["Name"] for it in client("scheduler").list_schedule_groups()["ScheduleGroups"]],
    "tables": lambda: client("dynamodb").list_tables()["TableNames"],
    "queues": lambda: client("sqs").list_queues().get("QueueUrls", []),
    "topics": lambda: [it["TopicArn"] for it in client("sns").list_topics()["Topics"]],
    "roles": lambda: [it["RoleName"] for it in client("iam").list_roles()["Roles"]],
    "policies": lambda: [it["PolicyName"] for it in client("iam").list_policies(Scope="Local")["Policies"]],
    "log groups": lambda: [it["logGroupName"] for it in client("logs").describe_log_groups()["logGroups"]],
    "metric filters": lambda: [it["filterName"] for it in client("logs").describe_metric_filters()["metricFilters"]],
    "alarms": lambda: [it["AlarmName"] for it in client("cloudwatch").describe_alarms()["MetricAlarms"]],
    "dashboards": lambda: [it["DashboardName"] for it in client("cloudwatch").list_dashboards()["DashboardEntries"]],
}

standing = {kind: [name for name in list() if sys.argv[1] in name] for kind, list in FOUND.items()}
print(json.dumps({kind: names for kind, names in standing.items() if names}))
