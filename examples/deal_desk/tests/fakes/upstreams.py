"""What OpenAI and HubSpot answer."""

from urllib.parse import urlsplit

from fakes.http import Answer

CONTACTS = {
    "11": {"firstname": "Ann", "lastname": "Lee", "jobtitle": "Engineer"},
    "12": {"firstname": "Bob", "lastname": "Ray", "jobtitle": "VP Sales"},
    "13": {"firstname": "Cy", "lastname": "Fox", "jobtitle": None},
}
failures: list[int] = []  # statuses that OpenAI gives before it answers


def openai(method: str, path: str, body: object) -> Answer:
    assert (method, path) == ("POST", "/v1/chat/completions"), path
    if failures:
        return failures.pop(0), {"error": {"message": "try later"}}
    question = body["messages"][-1]["content"]
    message = {"role": "assistant", "content": f"Answer to: {question}"}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return 200, {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [choice],
    }


def hubspot(method: str, path: str, body: object) -> Answer:
    parts = urlsplit(path).path.split("/")[3:]
    match [method, *parts]:
        case ["GET", "objects", "deals", "Missing"]:
            return 404, {"message": "not found"}
        case ["GET", "objects", "deals", deal_id]:
            properties = {
                "dealname": f"{deal_id} 2024",
                "amount": "1200.50",
                "dealstage": "won",
                "hubspot_owner_id": "7",
            }
            return 200, {"id": deal_id, "properties": properties}
        case ["GET", "owners", owner_id]:
            return 200, {"id": owner_id, "firstName": "Olga", "lastName": "Own"}
        case ["GET", "objects", "deals", _, "associations", "contacts"]:
            return 200, {"results": [{"toObjectId": int(key)} for key in CONTACTS]}
        case ["GET", "objects", "contacts", contact_id]:
            return 200, {"id": contact_id, "properties": CONTACTS[contact_id]}
        case ["POST", "objects", "notes"]:
            return 201, {"id": "note-1"}
    return 400, {"message": f"unexpected {method} {path}"}
