"""The summary of a run as Markdown, pushed to a chat: JSON with `text`, as Slack and Mattermost take it."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from urllib.parse import quote, urlsplit

import orjson

from app.core.errors import GuichetError
from app.terminal import err
from evals import quality_messages as messages
from evals.askers import DIRECT
from evals.compare import Flip
from evals.kept import Run
from evals.report_verdict import one_sentence
from evals.session import Judged

TIMEOUT_S = 10
SHOWN = 10
_CALL = re.compile(r"@(?=\w)")


def summary(run: Run, judged: Judged, link: str | None) -> str:
    """What a colleague needs in the morning: the verdict, what broke, the worst changes, where to read on."""
    lines = [("❌ " if judged.broke else "✅ ") + one_sentence(list(run.first.values()), judged)]
    lines += _listed(messages.CHECK, [f"{breach.check} : {breach.detail}" for breach in judged.broke])
    if judged.comparison:
        worst = [flip for flip in judged.comparison.flips if flip.loss > 0][:SHOWN]
        lines += _listed(messages.WORST, list(map(_flip, worst)))
    lines += _listed(messages.CAUSE, list(judged.causes))
    lines += _listed(messages.WARNING, list(judged.warnings))
    lines.append("")
    lines.append(f"{link.rstrip('/')}/{quote(run.folder.name)}/report.html" if link else run.folder.name)
    return "\n".join(lines)


def _listed(title: str, sentences: list[str]) -> list[str]:
    shown = [f"- {_harmless(sentence)}" for sentence in sentences[:SHOWN]]
    if len(sentences) > SHOWN:
        shown.append(f"- {messages.MORE.format(n=len(sentences) - SHOWN)}")
    return ["", f"{title} :", *shown] if sentences else []


def _flip(flip: Flip) -> str:
    before, after = (messages.OUTCOMES[record.result.answer.outcome] for record in (flip.before, flip.after))
    return f"« {flip.after.ask.question} » : {before} → {after}"


def _harmless(text: str) -> str:
    """A visitor's words: they call nobody and open no link of Slack's."""
    escaped = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CALL.sub("@\u200b", escaped)


def failure(error: GuichetError) -> str:
    """That an evaluation could not be made."""
    return f"⚠️ {messages.IMPOSSIBLE.format(reason=_harmless(str(error)))}"


def push(url: str, text: str) -> bool:
    """Send it; one that can't be sent is told on standard error and changes nothing else."""
    if urlsplit(url).scheme not in ("http", "https"):
        err.print(messages.BAD_URL, style="red", highlight=False)
        return False
    body = orjson.dumps({"text": text})
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - checked above
    try:
        with DIRECT.open(request, timeout=TIMEOUT_S):
            return True
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        host = urlsplit(url).hostname  # the path holds the secret
        err.print(messages.NOT_PUSHED.format(host=host, reason=error), style="red", highlight=False, soft_wrap=True)
        return False
