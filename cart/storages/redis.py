"""Carts as Redis hashes: key `cart:{owner}`, field product id, value quantity.

Beside the hash stand `…:token`, the name of this filling, and `…:notices`. What reads
and then writes is one Lua script, so it cannot be interrupted. `carts:{day}` is the set
of those that something was put into on that day, written on the same way.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from cart.storages.base import COUNTED_DAYS, VISITOR_SECONDS, StoredCart
from shop.days import today
from shop.exceptions import Unavailable
from shop.ids import new_id

# The day itself, and those for which it stays counted.
COUNTED_SECONDS = (COUNTED_DAYS + 1) * 24 * 3600

READ = """
local lines = redis.call('HGETALL', KEYS[1])
if #lines == 0 then return {lines, ''} end
redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', ARGV[2])
return {lines, redis.call('GET', KEYS[2])}
"""
REMOVE = """
for i = 1, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
return 1
"""
ADD = """
local sum = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') + tonumber(ARGV[2])
if sum > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], sum)
redis.call('SADD', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
"""
SET = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1
"""
MERGE = """
local moved = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1])
if redis.call('SREM', KEYS[3], ARGV[1]) == 1 then
  redis.call('SADD', KEYS[3], ARGV[2])
end
for i = 1, #moved, 2 do
  local id, limit = moved[i], 0
  for j = 3, #ARGV, 2 do if ARGV[j] == id then limit = tonumber(ARGV[j + 1]) end end
  local have = tonumber(redis.call('HGET', KEYS[2], id) or '0')
  local want = math.max(have, math.min(have + tonumber(moved[i + 1]), limit))
  if want > 0 then redis.call('HSET', KEYS[2], id, want) end
end
return moved
"""
SETTLE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do
  local left = redis.call('HINCRBY', KEYS[1], ARGV[i], '-' .. ARGV[i + 1])
  if left <= 0 then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
redis.call('DEL', KEYS[2])
return 1
"""
POP_ALL = """
local all = redis.call('LRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
return all
"""


@contextmanager
def _available() -> Iterator[Any]:
    """The connection; a Redis that does not answer is a 503, not a bug."""
    try:
        yield get_redis_connection("default")
    except (RedisError, OSError) as error:
        raise Unavailable(_("The cart does not answer. Please try again.")) from error


class RedisStorage:
    def check(self) -> None:
        with _available() as redis:
            redis.ping()

    def read(self, key: str) -> StoredCart:
        # Lines and token at one moment: lines that were ordered meanwhile, under a
        # token made since, would be ordered again.
        with _available() as redis:
            args = [str(new_id()), VISITOR_SECONDS]
            raw, token = redis.eval(READ, 2, _cart(key), _token(key), *args)
        pairs = zip(raw[::2], raw[1::2], strict=True)
        return StoredCart(_lines(pairs), token.decode())

    def count(self, key: str) -> int:
        with _available() as redis:
            return sum(int(quantity) for quantity in redis.hvals(_cart(key)))

    def add(self, key: str, product_id: UUID, quantity: int, limit: int) -> bool:
        with _available() as redis:
            args = [str(product_id), quantity, limit, key, COUNTED_SECONDS]
            done = bool(redis.eval(ADD, 2, _cart(key), _filled(today()), *args))
            self._keep(redis, key)
        return done

    def set(self, key: str, product_id: UUID, quantity: int) -> None:
        if not quantity:
            self.remove(key, [product_id])
            return
        with _available() as redis:
            args = [str(product_id), quantity, key, COUNTED_SECONDS]
            redis.eval(SET, 2, _cart(key), _filled(today()), *args)
            self._keep(redis, key)

    def remove(self, key: str, product_ids: Iterable[UUID]) -> None:
        fields = [str(product_id) for product_id in product_ids]
        with _available() as redis:
            redis.eval(REMOVE, 2, _cart(key), _token(key), *fields)

    def clear(self, key: str) -> None:
        with _available() as redis:
            redis.delete(_cart(key), _token(key))

    def merge(self, source: str, target: str, limits: Mapping[UUID, int]) -> StoredCart:
        args: list[Any] = [source, target]
        for product_id, limit in limits.items():
            args += [str(product_id), limit]
        with _available() as redis:
            keys = (_cart(source), _cart(target), _filled(today()))
            raw = redis.eval(MERGE, 3, *keys, *args)
            redis.delete(_token(source))
        return StoredCart(_lines(zip(raw[::2], raw[1::2], strict=True)))

    def settle(self, key: str, token: str, lines: Mapping[UUID, int]) -> None:
        args: list[Any] = [token]
        for product_id, quantity in lines.items():
            args += [str(product_id), quantity]
        with _available() as redis:
            redis.eval(SETTLE, 2, _cart(key), _token(key), *args)

    def filled(self, days: Iterable[date]) -> dict[date, int]:
        with _available() as redis:
            return {day: redis.scard(_filled(day)) for day in days}

    def forget_filled(self, before: date) -> None:
        """They expire by themselves."""

    def push_notice(self, key: str, notice: dict[str, Any]) -> None:
        with _available() as redis:
            redis.rpush(_notices(key), json.dumps(notice))
            redis.expire(_notices(key), VISITOR_SECONDS)

    def pop_notices(self, key: str) -> list[dict[str, Any]]:
        with _available() as redis:
            return [json.loads(raw) for raw in redis.eval(POP_ALL, 1, _notices(key))]

    def _keep(self, redis: Any, key: str) -> None:
        if key.startswith("anon:"):
            redis.expire(_cart(key), VISITOR_SECONDS)


def _cart(key: str) -> str:
    return f"cart:{key}"


def _token(key: str) -> str:
    return f"cart:{key}:token"


def _notices(key: str) -> str:
    return f"cart:{key}:notices"


def _filled(day: date) -> str:
    return f"carts:{day.isoformat()}"


def _lines(pairs: Iterable[tuple[bytes, bytes]]) -> dict[UUID, int]:
    return {UUID(product_id.decode()): int(quantity) for product_id, quantity in pairs}
