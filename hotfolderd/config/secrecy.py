"""What a message about a wrong `config.yaml` must not repeat. Text only."""

from __future__ import annotations

import re

from hotfolderd.config.people import NotifySettings

_NO_SECRETS = {"notify", "url", "tags", "client", "stage", "person", "event", "severity", "reminder"}
_PLAIN_SETTING = re.compile(
    r"(?m)^[ \t]+[a-z_]+:[ \t]*(?:\[[\d., ]*\]|\d{1,3}(?:\.\d+)?|\"?\d{1,2}:\d{2}\"?|null)[ \t]*$"
)


def secret_words(data: bytes) -> re.Pattern[str]:
    """What a problem must not repeat: all that `notify` holds, each `secret`, and addresses in a wrong place."""
    text = re.sub(r"(?m)(?:^|\s)#.*$", "", data.replace(b"\0", b"").decode("utf-8", "replace"))
    words: set[str] = set()
    for section in re.findall(r"(?m)^[^\w\s]*notify\b.*(?:\n(?:[ \t-].*)?$)*", text):
        section = _PLAIN_SETTING.sub("", section)  # noqa: PLW2901  a number or a time is no address
        for run in re.split(r"[\s\[\]{},\"']+", section):
            words.update((run, *re.split(r"[:/@?&=!\\]+", run)))
    for secret in re.findall(r"(?m)\bsecret\b[\"']?[ \t]*:(.*)$", text):
        words.update((secret.strip(" \t\"'"), *re.split(r"[\s\[\]{},\"']+", secret)))
    words = {word.strip(":*&!") for word in words} - _NO_SECRETS - NotifySettings.model_fields.keys()
    longest_first = sorted((word for word in words if len(word) >= 4), key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, longest_first), r"[^\s`'\"“”]*(?:://|@)[^\s`'\"“”]*"]))
