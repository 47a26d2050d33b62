"""The server's rules, against a real running server: who gets in, who does not, and what every answer forbids."""

import asyncio
import http
import queue
import socket
from pathlib import Path

import pytest
import websockets

from collar_sync.errors import LocalError
from demo_app import launch
from demo_app.door import CODE_LETTERS, GUESS_SECONDS
from demo_app.server import INTENTION_BYTES_MAX, serving
from tests.demo.served import WAIT_SECONDS_MAX, Served, served, window

EVIL = "http://evil.example"


async def _refused(page: Served, *, host: str | None = None, origin: str | None = "ours", cookie: bool = True) -> int:
    """The status with which a WebSocket is refused."""
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with page.live(host=host, origin=origin, cookie=cookie):
            raise AssertionError("it was let in")
    return refusal.value.response.status_code


@pytest.mark.parametrize("address", ["127.0.0.2", "::1", "::ffff:127.0.0.2"])
async def test_it_answers_at_127_0_0_1_and_at_no_other_address_of_this_machine(page: Served, address: str) -> None:
    assert (await page.ask()).status == http.HTTPStatus.UNAUTHORIZED
    with pytest.raises(OSError):  # noqa: PT011 - which refusal it is differs by system
        socket.create_connection((address, page.port), timeout=2)


@pytest.mark.parametrize("host", ["evil.example", "localhost:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}"])
async def test_another_host_gets_421_even_with_the_session(page: Served, host: str) -> None:
    await page.enter()
    answer = await page.ask(host=host.format(port=page.port))
    assert answer.status == http.HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}", ""])
async def test_another_origin_gets_403_even_with_the_session(page: Served, origin: str) -> None:
    await page.enter()
    answer = await page.ask(origin=origin.format(port=page.port))
    assert answer.status == http.HTTPStatus.FORBIDDEN


async def test_without_a_session_everything_gets_401(page: Served) -> None:
    for path in ("/", "/static/app.js", "/blank", "/nothing"):
        assert (await page.ask(path)).status == http.HTTPStatus.UNAUTHORIZED
    answer = await page.ask(cookie=f"{page.door.cookie_name}=guessed")
    assert answer.status == http.HTTPStatus.UNAUTHORIZED


async def test_host_is_judged_before_origin_and_origin_before_the_session(page: Served) -> None:
    assert (await page.ask(host="evil.example", origin=EVIL)).status == http.HTTPStatus.MISDIRECTED_REQUEST
    assert (await page.ask(origin=EVIL)).status == http.HTTPStatus.FORBIDDEN
    assert (await page.ask(origin=page.door.origin)).status == http.HTTPStatus.UNAUTHORIZED


async def test_a_post_needs_our_origin_and_nothing_else_will_do(page: Served) -> None:
    code = page.door.typed_code
    for origin in (None, EVIL, "http://127.0.0.1:1"):
        answer = await page.ask("/open", method="POST", form={"code": code}, origin=origin)
        assert answer.status == http.HTTPStatus.FORBIDDEN
    assert page.door.typed_code == code


async def test_a_websocket_from_a_foreign_page_host_or_stranger_is_refused(page: Served) -> None:
    await page.enter()
    assert await _refused(page, host="evil.example") == http.HTTPStatus.MISDIRECTED_REQUEST
    assert await _refused(page, origin=EVIL) == http.HTTPStatus.FORBIDDEN
    assert await _refused(page, origin=None) == http.HTTPStatus.FORBIDDEN
    assert await _refused(page, cookie=False) == http.HTTPStatus.UNAUTHORIZED
    async with window(page) as ours:
        assert (await ours.until())["stage"] == "firstRun"


async def test_the_typed_code_opens_once_by_a_page_that_keeps_the_strict_cookie(page: Served) -> None:
    code = page.door.typed_code
    answer = await page.enter()
    assert 'http-equiv="refresh"' in answer.body
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"session_{page.port}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {*cookie.split("; ")}
    assert (await page.ask()).status == http.HTTPStatus.OK
    again = await page.ask("/open", method="POST", form={"code": code}, origin=page.door.origin, cookie=None)
    assert again.status == http.HTTPStatus.UNAUTHORIZED
    assert "set-cookie" not in again.headers


async def test_a_code_may_be_typed_as_people_type_and_a_guess_costs_time(page: Served) -> None:
    typed = f" {page.door.typed_code.lower().replace('-', ' ')} "
    loop = asyncio.get_running_loop()
    before = loop.time()
    wrong = await page.ask("/open", method="POST", form={"code": "2222-2222-2222"}, origin=page.door.origin)
    assert wrong.status == http.HTTPStatus.UNAUTHORIZED
    assert loop.time() - before >= GUESS_SECONDS
    right = await page.ask("/open", method="POST", form={"code": typed}, origin=page.door.origin)
    assert right.status == http.HTTPStatus.OK


async def test_the_launch_code_works_once_and_only_it_may_come_from_a_file(page: Served) -> None:
    code = page.door.offer_launch_code()
    typed = await page.ask("/open", method="POST", form={"code": page.door.typed_code}, origin="null")
    assert typed.status == http.HTTPStatus.UNAUTHORIZED
    answer = await page.ask("/open", method="POST", form={"code": code}, origin="null")
    assert answer.status == http.HTTPStatus.OK
    assert "SameSite=strict" in answer.headers["set-cookie"]
    again = await page.ask("/open", method="POST", form={"code": code}, origin="null")
    assert again.status == http.HTTPStatus.UNAUTHORIZED


async def test_the_launch_file_is_for_its_owner_alone_says_nothing_and_goes_when_it_was_used(
    page: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    opened: queue.Queue[str] = queue.Queue()
    monkeypatch.setattr("webbrowser.open", opened.put)
    async with launch.launching(page.door):
        (file,) = tmp_path.glob("*.html")
        address = await asyncio.to_thread(opened.get, timeout=WAIT_SECONDS_MAX)
        assert address == file.as_uri()
        assert file.stat().st_mode & 0o777 == 0o600
        assert "collar" not in file.name + file.read_text().lower()
        code = page.door.launch_code
        assert code is not None
        assert code in file.read_text()
        assert code not in address
        await page.ask("/open", method="POST", form={"code": code}, origin="null")
        assert not file.exists()
    async with launch.launching(page.door):
        (unused,) = tmp_path.glob("*.html")
    assert not unused.exists()


async def test_every_answer_whatever_its_status_carries_the_strict_headers(page: Served) -> None:
    strange = [await page.ask(), await page.ask(host="evil.example"), await page.ask(origin=EVIL)]
    entered = await page.enter()
    answers = [entered, *strange, await page.ask(), await page.ask("/static/app.js"), await page.ask("/static/none")]
    answers += [await page.ask("/blank"), await page.ask("/open", method="GET")]
    assert {answer.status for answer in answers} == {200, 401, 403, 404, 405, 421}
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "*" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


async def test_the_page_for_strangers_does_not_say_what_is_behind_it(page: Served) -> None:
    answer = await page.ask()
    for word in ("collar", "consent", "pause", "partner", "relationship", "diary"):
        assert word not in answer.body.lower()


async def test_a_session_of_one_page_opens_no_other_page_on_this_machine(page: Served, tmp_path: Path) -> None:
    async with served(tmp_path / "other") as other:
        await page.enter()
        await other.enter()
        assert page.door.cookie_name != other.door.cookie_name
        value = page.cookie.partition("=")[2]
        answer = await other.ask(cookie=f"{other.door.cookie_name}={value}")
        assert answer.status == http.HTTPStatus.UNAUTHORIZED
        both = await other.ask(cookie=f"{page.cookie}; {other.cookie}")
        assert both.status == http.HTTPStatus.OK


@pytest.mark.parametrize("path", ["/static/../door.py", "/static/%2e%2e/door.py", "/static/lib/README.md", "/static/"])
async def test_only_the_files_of_the_page_are_served(page: Served, path: str) -> None:
    await page.enter()
    assert (await page.ask(path)).status == http.HTTPStatus.NOT_FOUND


async def test_every_script_and_style_is_served_as_what_it_is(page: Served) -> None:
    await page.enter()
    for path, kind in (("app.js", "text/javascript"), ("lib/preact.mjs", "text/javascript"), ("app.css", "text/css")):
        answer = await page.ask(f"/static/{path}")
        assert answer.headers["content-type"].partition(";")[0] == kind


async def test_a_message_that_is_too_long_or_no_text_ends_that_line_and_nothing_else(page: Served) -> None:
    await page.enter()
    for message in ("x" * (INTENTION_BYTES_MAX + 1), b"bytes"):
        async with page.live() as line:
            await line.send(message)
            await asyncio.wait_for(line.wait_closed(), WAIT_SECONDS_MAX)
    async with window(page) as line:
        assert (await line.until())["stage"] == "firstRun"


@pytest.mark.parametrize(
    ("what", "fields"), [("nonsense", {}), ("hide", {"extra": 1}), ("setup.unlock", {}), ("task.add", {"title": 5})]
)
async def test_an_intention_of_another_shape_is_answered_with_a_sentence(
    page: Served, what: str, fields: dict[str, object]
) -> None:
    await page.enter()
    async with window(page) as line:
        problem = await line.act(what, **fields)
    assert problem is not None
    assert problem.startswith("The app did not understand that.")


async def test_a_port_that_is_taken_is_said_in_words(page: Served) -> None:
    with pytest.raises(LocalError, match=rf"Port {page.port} is taken"):
        async with serving(page.laptop, port=page.port):
            raise AssertionError("two servers on one port")


def test_codes_leave_out_letters_that_read_like_others() -> None:
    assert not {*"01OILU"} & {*CODE_LETTERS}
