"""The few pages that are made here and not in the browser: the door, the way in, the launch file and the blank one.

They say nothing about what the app is, whose it is or what is in it: each may be read by a stranger.
"""

import base64
import hashlib
import html
from http import HTTPStatus
from typing import Final

from starlette.responses import HTMLResponse

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1.0625rem/1.6 system-ui, sans-serif; margin: 0; display: grid; place-items: center; min-height: 100vh;
  background: light-dark(#f7f3ee, #161412); color: light-dark(#241f1b, #f1e9df); }
main { max-width: 24rem; padding: 2rem; }
label { display: block; font-weight: 600; }
input { font: inherit; letter-spacing: .1em; width: 100%; box-sizing: border-box; margin: .5rem 0 1rem;
  padding: .7rem .9rem; border: 1px solid #857c72; border-radius: .75rem; background: light-dark(#fffdf9, #201d1a);
  color: inherit; }
button { font: inherit; font-weight: 600; padding: .7rem 1.4rem; border: 0; border-radius: 2rem;
  background: light-dark(#1f6f66, #7fd1c4); color: light-dark(#fff, #10231f); }
:focus-visible { outline: 3px solid light-dark(#1f6f66, #7fd1c4); outline-offset: 2px; }
.problem { color: light-dark(#8a3b12, #f4b48c); font-weight: 600; }
"""
STYLE_HASH: Final = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def policy(host: str) -> str:
    """The content security policy of every answer: our own files, our own socket, and one style by its hash."""
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src 'self' '{STYLE_HASH}'; img-src 'self'; connect-src 'self' ws://{host}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def door_page(problem: str = "", status: HTTPStatus = HTTPStatus.UNAUTHORIZED) -> HTMLResponse:
    """Asks for the typed code."""
    said = f'<p class="problem" role="alert">{html.escape(problem)}</p>' if problem else ""
    body = f"""<main><h1>Hello</h1>
<p>This page opens with the code that was printed in the window where the app was started. Each code works once.</p>
{said}<form method="post" action="/open" autocomplete="off"><label for="code">Code</label>
<input id="code" name="code" required autofocus autocomplete="off" spellcheck="false" autocapitalize="characters">
<button>Open</button></form></main>"""
    return HTMLResponse(_document("Hello", body), status)


def way_in() -> HTMLResponse:
    """Sends the browser on to the page. A redirect would lose the strict cookie, a page of our own keeps it."""
    body = '<main><p><a href="/">Continue</a></p></main>'
    return HTMLResponse(_document("Hello", body, head='<meta http-equiv="refresh" content="0; url=/">'))


def blank_page() -> HTMLResponse:
    """Nothing, under a name that says nothing."""
    return HTMLResponse(_document("Blank page", "", head='<link rel="icon" href="/static/icon.svg">'))


def launch_page(origin: str, code: str) -> str:
    """The text of the file the browser is opened with: posts the long code at once, or by its button without script."""
    form = f"""<form method="post" action="{html.escape(origin)}/open">
<input type="hidden" name="code" value="{html.escape(code)}"><button>Continue</button></form>
<script>document.forms[0].submit()</script>"""
    return _document("Hello", form, style="")


def _document(title: str, body: str, *, head: str = "", style: str = _STYLE) -> str:
    return f"""<!doctype html>
<html lang="en" translate="no"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>{title}</title>{head}<style>{style}</style></head>
<body>{body}</body></html>
"""
