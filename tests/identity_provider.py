"""A small OpenID Connect provider on this machine: discovery, authorisation code, signed identities, signing out.

It lets anybody be whom they choose on its page, which is what a test wants.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "acinus", "of the client, for tests alone"


class Provider:
    """One provider; `lifetime_s` is how long its identities are valid."""

    def __init__(self, address: str, *, people: tuple[str, ...], lifetime_s: float) -> None:
        self.address, self.people, self.lifetime_s = address, people, lifetime_s
        self._key = RSAKey.generate_key(2048, parameters={"kid": "one"}, auto_kid=False)
        self._codes: dict[str, tuple[str, str]] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/choose", self.choose),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
                Route("/logout", self.logout),
            ]
        )

    async def discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "end_session_endpoint": f"{self.address}/logout",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        """A page with a link for each person."""
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        links = "".join(
            f'<li><a href="/choose?{urlencode(asked | {"who": who})}">{who}</a></li>' for who in self.people
        )
        return HTMLResponse(f"<title>Who are you?</title><ul>{links}</ul>")

    async def choose(self, request: Request) -> Response:
        asked, code = request.query_params, secrets.token_urlsafe()
        self._codes[code] = (asked["who"], asked.get("nonce", ""))
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        who, nonce = self._codes.pop(str(form["code"]))
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": who,
            "aud": CLIENT,
            "iat": now,
            "exp": now + self.lifetime_s,
            "nonce": nonce,
            "email": who,
            "email_verified": True,
        }
        identity = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)
        return JSONResponse({"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": identity})

    async def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    async def logout(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"].removesuffix("/oauth2callback"), 302)


@contextmanager
def provided(port: int, *, people: tuple[str, ...], lifetime_s: float = 3600) -> Iterator[str]:
    """The address of a provider that answers."""
    address = f"http://127.0.0.1:{port}"
    app = Provider(address, people=people, lifetime_s=lifetime_s).app()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()
