"""Asks models through LiteLLM's client, and prints what came of it as JSON: litellm-client.py URL KEY"""

import json
import sys

import litellm

url, key = sys.argv[1:]
litellm.suppress_debug_info = True
hello = [{"role": "user", "content": "Say good morning to Ann."}]
openai = {"api_base": f"{url}/v1", "api_key": key, "num_retries": 0}
anthropic = {"api_base": url, "api_key": key, "num_retries": 0}
tools = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
        },
    }
]


def told(**how):
    whole = litellm.completion(messages=hello, **how)
    pieces = litellm.completion(messages=hello, stream=True, **how)
    return {
        "text": whole.choices[0].message.content,
        "finish": whole.choices[0].finish_reason,
        "tokens": [whole.usage.prompt_tokens, whole.usage.completion_tokens],
        "streamed": "".join(piece.choices[0].delta.content or "" for piece in pieces),
    }


def called(**how):
    asked = [{"role": "user", "content": "What is the weather in Paris?"}]
    answer = litellm.completion(messages=asked, tools=tools, tool_choice="required", **how)
    [call] = answer.choices[0].message.tool_calls
    return [call.function.name, sorted(json.loads(call.function.arguments))]


def refused(**how):
    try:
        litellm.completion(messages=hello, **how)
    except Exception as error:
        return [type(error).__name__, getattr(error, "status_code", None)]
    return None


print(
    json.dumps(
        {
            "openai": told(model="openai/plain/gpt-4o-mini", **openai),
            "anthropic": told(model="anthropic/plain/gpt-4o-mini", max_tokens=100, **anthropic),
            "tools": [
                called(model="openai/demo", **openai),
                called(model="anthropic/demo", max_tokens=100, **anthropic),
            ],
            "refused": [
                refused(model="openai/nobody/has-this", **openai),
                refused(model="anthropic/nobody/has-this", max_tokens=100, **anthropic),
                refused(model="openai/demo", **{**openai, "api_key": "no key"}),
            ],
            "embedding": litellm.embedding(
                model="openai/plain/text-embedding-3-small", input=["four"], encoding_format="float", **openai
            ).data[0]["embedding"],
        }
    )
)
