import hashlib
import hmac
import os
from datetime import datetime, timedelta, timezone

import jwt

from app.core.config import settings

ALGORITHM = "HS256"
ITERATIONS = 20_000


def create_access_token(subject: str) -> str:
    minutes = timedelta(minutes=settings.ACCESS_TOKEN_EXPIRE_MINUTES)
    payload = {"sub": subject, "exp": datetime.now(timezone.utc) + minutes}
    return jwt.encode(payload, settings.SECRET_KEY, algorithm=ALGORITHM)


def read_access_token(token: str) -> str:
    payload = jwt.decode(token, settings.SECRET_KEY, algorithms=[ALGORITHM])
    return payload["sub"]


def _digest(password: str, salt: bytes) -> str:
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    return key.hex()


def get_password_hash(password: str) -> str:
    salt = os.urandom(16)
    return f"{salt.hex()}:{_digest(password, salt)}"


def verify_password(password: str, hashed: str) -> bool:
    salt, _, digest = hashed.partition(":")
    return hmac.compare_digest(_digest(password, bytes.fromhex(salt)), digest)
