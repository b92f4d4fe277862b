"""moto's Secrets Manager over HTTP, corrected where it forgets: RotateSecret keeps AutomaticallyAfterDays only, and
runs the function. Here it keeps the whole rule, runs nothing, and names the next rotation as AWS does: the last second
of the window. When a cron() window begins is aws-croniter's word, another library for AWS's expressions."""

import re
import sys
from datetime import datetime, timedelta, timezone

from aws_croniter import AwsCroniter
from moto.secretsmanager import models
from moto.server import main

DAY = timedelta(days=1)


def window(rules):
    """Hours, as the User Guide has them: an hour where hours repeat, else to the end of the UTC day."""
    expression = rules.get("ScheduleExpression", "")
    given = re.fullmatch(r"(\d+)h", rules.get("Duration", ""))
    if given:
        return int(given[1])
    if not expression.startswith("cron"):
        return 1 if "hour" in expression else 24
    hour = expression.split(" ")[1]
    return 1 if "/" in hour else 24 - int(hour)


def begins(rules, last, now):
    expression = rules.get("ScheduleExpression", "")
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if expression.startswith("cron"):
        fields = expression[5:-1].split(" ")
        # aws-croniter knows no steps of weekdays: 1/2 is 1,3,5,7.
        stepped = re.fullmatch(r"(\d)/(\d)", fields[4])
        if stepped:
            fields[4] = ",".join(str(day) for day in range(int(stepped[1]), 8, int(stepped[2])))
        return AwsCroniter(" ".join(fields)).get_next(now)[0]
    hours = re.fullmatch(r"rate\((\d+) hours?\)", expression)
    if hours:
        at = midnight
        while at <= now:
            at += timedelta(hours=int(hours[1]))
        return at
    days = re.fullmatch(r"rate\((\d+) days?\)", expression)
    at = last + int(days[1] if days else rules["AutomaticallyAfterDays"]) * DAY
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def rotate_secret(
    self, secret_id, client_request_token=None, rotation_lambda_arn=None, rotation_rules=None, rotate_immediately=True
):
    secret = self.secrets[secret_id]
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = rotation_lambda_arn
    secret.rules = rotation_rules or {}
    # Tests say by the description how many days ago it last rotated, or that Secrets Manager's date is another one.
    ago = re.search(r"rotated (\d+) days ago", secret.description or "")
    now = datetime.now(timezone.utc)
    last = now - timedelta(days=int(ago[1])) if ago else now
    secret.last_rotation_date = int(last.timestamp())
    if secret.rules:
        end = begins(secret.rules, last, now) + timedelta(hours=window(secret.rules), seconds=-1)
        if "off and on" in (secret.description or ""):
            end += 2 * DAY
        secret.next_rotation_date = int(end.timestamp())
    return secret.to_short_dict()


def to_dict(self, original=models.FakeSecret.to_dict):
    shown = original(self)
    if self.rotation_requested:
        shown["RotationRules"] = {**getattr(self, "rules", {})}
        if not self.rotation_lambda_arn:
            del shown["RotationLambdaARN"]
    return shown


models.SecretsManagerBackend.rotate_secret = rotate_secret
models.FakeSecret.to_dict = to_dict
sys.argv = ["moto_server", "-H", "127.0.0.1", "-p", sys.argv[1]]
main()
