"""Loaded by schemathesis: what makes its requests reach further than a header, and what may be refused in them."""

from itertools import count

import schemathesis

numbers = count()

# How the check of a schema itself begins what it says. Times, rules, cursors and the like are more than their schemas say,
# and the operations speak of them in their own words.
OF_A_SCHEMA = ("Invalid ", "Too big", "Too small", "Unrecognized ", "must not hold NUL", "homes whose names")


def is_negative(case):
    return case.meta is not None and case.meta.generation.mode.is_negative


@schemathesis.hook
def before_call(context, case, kwargs):
    """Few keys are tried, with many inputs: all but the first would be told that the key was used with another."""
    if is_negative(case) or case.headers is None:
        return
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"key-{next(numbers)}"
    if "Hearth-Position" in case.headers:
        case.headers["Hearth-Position"] = "0.0"


@schemathesis.check
def what_its_schema_allows_is_taken(ctx, response, case):
    """In place of positive_data_acceptance, which would have to allow every 400."""
    if is_negative(case) or response.status_code != 400:
        return
    problem = response.json()
    assert problem["code"] == "input.invalid", f"{problem['code']} for what the schema allows"
    for issue in problem.get("issues", []):
        said = f"{issue['path']}: {issue['message']}"
        assert not issue["message"].startswith(OF_A_SCHEMA), f"{said}, and its schema allows this"


@schemathesis.check
def refusals_are_said_well(ctx, response, case):
    """Whatever is refused has a code, and shows nothing of the inside."""
    if response.status_code < 400:
        return
    problem = response.json()
    assert problem["status"] == response.status_code and "." in problem["code"] and problem["requestId"]
    assert "node:" not in response.text and ".ts:" not in response.text, "a stack"
