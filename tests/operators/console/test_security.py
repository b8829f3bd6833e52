"""Authentication of the console over a real server: log-in, cookies, forged requests, headers."""

from __future__ import annotations

from typing import Any

import pytest

PAGES = [
    "/",
    "/dialogs",
    "/tickets",
    "/outages",
    "/troubles",
    "/questions",
    "/parts/queue",
    "/files/" + "a" * 32,
    "/dialogs/1",
]


@pytest.mark.parametrize("path", PAGES)
async def test_a_stranger_is_sent_to_the_log_in(console: Any, path: str) -> None:
    stranger = console.stranger()
    async with stranger.http.get(f"{console.base}{path}", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/console/login")


@pytest.mark.parametrize("path", ["/dialogs/1/claim", "/tickets/1/status", "/logout", "/tickets/new"])
async def test_a_stranger_cannot_change_anything(console: Any, path: str) -> None:
    assert (await console.stranger().post(path))[0] == 401


async def test_a_log_in_opens_the_queue(console: Any) -> None:
    irina = await console.visitor()
    status, text = await irina.get("/")
    assert status == 200
    assert "Никто не ждёт" in text
    assert "Ирина" in text


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(console: Any) -> None:
    irina = await console.visitor()
    cookie = next(cookie for cookie in irina.http.cookie_jar if cookie.key == "domovoy_console")
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/console")


async def test_a_wrong_password_is_told_plainly(console: Any) -> None:
    await console.visitor()
    status, text = await console.stranger().log_in("irina", "wrong")
    assert status == 401
    assert "Неверный логин или пароль." in text


async def test_the_sixth_wrong_password_says_how_long_to_wait(console: Any) -> None:
    stranger = console.stranger()
    for _ in range(5):
        assert (await stranger.log_in("irina", "wrong"))[0] == 401
    status, text = await stranger.log_in("irina", "wrong")
    assert status == 429
    assert "Подождите 15 мин" in text


async def test_a_log_in_form_of_another_browser_is_refused(console: Any) -> None:
    await console.visitor()
    status, _ = await console.stranger().post(
        "/login", {"mark": "guessed", "login": "irina", "password": "correct horse"}
    )
    assert status == 403


@pytest.mark.parametrize("token", ["", "guessed", "é"])
async def test_a_form_without_the_token_is_refused(console: Any, conversation: dict[str, Any], token: str) -> None:
    irina = await console.visitor()
    irina.csrf = token
    status, text = await irina.post(f"/dialogs/{conversation['id']}/claim")
    assert status == 403
    assert "Форма устарела" in text
    assert (await console.rows("SELECT claimed_by FROM conversation"))[0]["claimed_by"] == 0


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_a_request_from_another_site_is_refused(
    console: Any, conversation: dict[str, Any], headers: dict[str, str]
) -> None:
    irina = await console.visitor()
    status, _ = await irina.post(f"/dialogs/{conversation['id']}/claim", headers=headers)
    assert status == 403
    assert (await console.rows("SELECT claimed_by FROM conversation"))[0]["claimed_by"] == 0


async def test_our_own_origin_is_let_in(console: Any, conversation: dict[str, Any]) -> None:
    irina = await console.visitor()
    origin = console.base.removesuffix("/console")
    assert (await irina.post(f"/dialogs/{conversation['id']}/claim", headers={"Origin": origin}))[0] == 200


async def test_after_logging_out_the_cookie_is_worth_nothing(console: Any) -> None:
    irina = await console.visitor()
    cookies = {cookie.key: cookie.value for cookie in irina.http.cookie_jar}
    await irina.post("/logout")
    async with irina.http.get(f"{console.base}/", cookies=cookies, allow_redirects=False) as response:
        assert response.status == 303


async def test_a_session_that_has_run_out_leads_to_the_log_in(console: Any) -> None:
    irina = await console.visitor()
    console.clock.ms += 13 * 3_600_000
    status, text = await irina.get("/")
    assert status == 200
    assert "Пароль" in text
    assert (await irina.get("/parts/queue", headers={"X-Requested-With": "fetch"}))[0] == 401


async def test_pages_carry_a_strict_policy_and_no_inline_script(console: Any) -> None:
    irina = await console.visitor()
    async with irina.http.get(f"{console.base}/") as response:
        text = await response.text()
        policy = response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "<script>" not in text
    assert " style=" not in text


async def test_static_files_need_no_log_in(console: Any) -> None:
    for name in ("console.css", "console.js", "icon.svg"):
        assert (await console.stranger().get(f"/static/{name}"))[0] == 200
    assert (await console.stranger().get("/static/%2e%2e%2fconsole.py"))[0] in (403, 404)


async def test_an_unknown_page_says_so(console: Any) -> None:
    irina = await console.visitor()
    status, text = await irina.get("/nowhere")
    assert status == 404
    assert "Такой страницы нет." in text


async def test_questions_are_for_leaders_only(console: Any) -> None:
    irina = await console.visitor()
    assert (await irina.get("/questions"))[0] == 403
    chief = await console.visitor(login="chief", name="Пётр", role="admin")
    assert (await chief.get("/questions"))[0] == 200
