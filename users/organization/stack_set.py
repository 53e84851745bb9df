"""The CloudFormation template of the role by which accounts are linked, for a StackSet.

It is made from the policies that pages show for copying (``users.accounts.link_policies``). Both are inline
policies of the role, which has room for 10,240 characters of them (IAM-FACTS 9.2).
"""

import json
from collections.abc import Iterable
from typing import Any

from users.accounts import link_policies

FILE_NAME = "iam-console-role.json"
READ_ONLY, READ_AND_MANAGE = "ReadOnly", "ReadAndManage"
DESCRIPTION = (
    "The role by which IAM Console reaches this account. Deploy it to many accounts with a StackSet."
)
PARAMETERS: dict[str, dict[str, Any]] = {
    "ConsolePrincipalArn": {
        "Type": "String",
        "Description": "ARN of the IAM user or role that IAM Console runs as.",
        "AllowedPattern": r"arn:[a-z-]+:iam::\d{12}:(user|role)/[\w+=,.@/-]+",
        "ConstraintDescription": "must be the ARN of an IAM user or an IAM role",
    },
    "ExternalId": {
        "Type": "String",
        "Description": "The external ID that you enter when you link the accounts.",
        "MinLength": 2,
        "MaxLength": 1224,
        "AllowedPattern": r"[\w+=,.@:/-]*",
        "ConstraintDescription": "can have letters, digits and + = , . @ : / - _",
    },
    "RoleName": {
        "Type": "String",
        "Description": "The same name in each account.",
        "Default": "IamConsole",
        "MinLength": 1,
        "MaxLength": 64,
        "AllowedPattern": r"[\w+=,.@-]+",
    },
    "Access": {
        "Type": "String",
        "Description": "Whether IAM Console can only read, or also make changes.",
        "Default": READ_ONLY,
        "AllowedValues": [READ_ONLY, READ_AND_MANAGE],
    },
}


def template() -> str:
    """The template as JSON. The principal's ARN brings its partition along, and nothing else names one."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Ref": "ConsolePrincipalArn"}},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
            }
        ],
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Description": "Assumed by IAM Console.",
            "AssumeRolePolicyDocument": trust,
            "Policies": [inline("IamConsoleRead", link_policies.READ)],
        },
    }
    manage = {
        "Type": "AWS::IAM::RolePolicy",
        "Condition": "CanManage",
        "Properties": {"RoleName": {"Ref": "Role"}, **inline("IamConsoleManage", link_policies.manage())},
    }
    whole = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": DESCRIPTION,
        "Parameters": PARAMETERS,
        "Conditions": {"CanManage": {"Fn::Equals": [{"Ref": "Access"}, READ_AND_MANAGE]}},
        "Resources": {"Role": role, "ManagePolicy": manage},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(whole, indent=2) + "\n"


def inline(name: str, actions: Iterable[str]) -> dict[str, Any]:
    """An inline policy of the role."""
    return {"PolicyName": name, "PolicyDocument": link_policies.document(actions)}
