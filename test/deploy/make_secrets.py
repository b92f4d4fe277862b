"""Creates secrets by name, with a rotation function attached that ministack never calls; `…/plain` has none."""

import os
import sys
import uuid

import botocore.session

client = botocore.session.get_session().create_client("secretsmanager", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
for name in sys.argv[1:]:
    client.create_secret(Name=name, SecretString="{}")
    if name.endswith("/plain"):
        continue
    client.rotate_secret(
        SecretId=name,
        RotationLambdaARN="arn:aws:lambda:us-east-1:000000000000:function:SecretsManagerStub",
        ClientRequestToken=str(uuid.uuid4()),
    )
