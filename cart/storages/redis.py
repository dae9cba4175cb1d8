"""Carts as Redis hashes: key `cart:<owner>`, field product id, value quantity.

Beside the hash stand `{cart:<owner>}:token`, the name of this filling, `…:notices` and
`…:moving`. The braces are Redis Cluster's: all keys of a cart are on one node. What
reads and then writes is one Lua script about one cart, so it cannot be interrupted.

`carts:<day>` is the set of carts that something was put into on that day. It is there
for the figures alone: if writing it fails, the cart is as it should be.

Two carts may be on two nodes, so a cart moves into another one in steps, each of them
one script: TAKE empties the source and writes down what moves, and where to; GIVE adds
it to the target unless a receipt says that this was done; FORGET drops what was written
down. Whoever dies in between leaves the rest to the next look at the source.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django_redis import get_redis_connection

from cart.exceptions import CartFull
from cart.storages.base import COUNTED_DAYS, VISITOR_SECONDS, Look, StoredCart
from shop.days import today
from shop.exceptions import Unavailable
from shop.ids import new_id
from shop.redis import TROUBLE
from shop.watching import metrics

logger = logging.getLogger(__name__)

# The day itself, and those for which it stays counted.
COUNTED_SECONDS = (COUNTED_DAYS + 1) * 24 * 3600

# A receipt is needed until the last of those who help has looked at it.
RECEIPT_SECONDS = 3600

READ = """
local moving = redis.call('GET', KEYS[3])
if moving then return {{}, '', moving} end
local lines = redis.call('HGETALL', KEYS[1])
if #lines == 0 then return {lines, ''} end
redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', ARGV[2])
return {lines, redis.call('GET', KEYS[2])}
"""
LOOK = """
local moving = redis.call('GET', KEYS[3])
if moving then return {} end
local told = redis.call('LRANGE', KEYS[4], 0, -1)
if #told > 0 then redis.call('DEL', KEYS[4]) end
local lines = redis.call('HGETALL', KEYS[1])
if #lines == 0 then return {lines, '', told} end
redis.call('SET', KEYS[2], ARGV[1], 'NX', 'EX', ARGV[2])
return {lines, redis.call('GET', KEYS[2]), told}
"""
REMOVE = """
for i = 1, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
return 1
"""
# Followed by what is to be answered; the first two arguments are LOOK's. Where all keys
# are on one node, the cart is counted by the way: what goes wrong there is let go.
PUT_IN = """
if tonumber(ARGV[7]) > 0 and redis.call('HEXISTS', KEYS[1], ARGV[3]) == 0
  and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[7]) then return -1 end
local sum = tonumber(redis.call('HGET', KEYS[1], ARGV[3]) or '0') + tonumber(ARGV[4])
if sum > tonumber(ARGV[5]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], sum)
if ARGV[6] ~= '' then redis.call('EXPIRE', KEYS[1], ARGV[6]) end
if KEYS[5] then
  redis.pcall('SADD', KEYS[5], ARGV[8])
  redis.pcall('EXPIRE', KEYS[5], ARGV[9])
end
"""
ADD = PUT_IN + "return 1"
ADD_AND_LOOK = PUT_IN + LOOK
SET = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
return 1
"""
COUNT = """
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
RECOUNT = """
if redis.call('SREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('SADD', KEYS[1], ARGV[2])
return 1
"""
TAKE = """
local moving = redis.call('GET', KEYS[3])
if moving then return moving end
local lines = redis.call('HGETALL', KEYS[1])
if #lines == 0 then return false end
local move = {id = ARGV[1], target = ARGV[2], limits = ARGV[3], lines = lines}
move = cjson.encode(move)
redis.call('SET', KEYS[3], move)
redis.call('DEL', KEYS[1], KEYS[2])
return move
"""
GIVE = """
if not redis.call('SET', KEYS[2], '1', 'NX') then return 0 end
local moved, limits = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
for i = 1, #moved, 2 do
  local id = moved[i]
  local have = tonumber(redis.call('HGET', KEYS[1], id) or '0')
  local want = math.max(have, math.min(have + tonumber(moved[i + 1]), limits[id] or 0))
  if want > 0 then redis.call('HSET', KEYS[1], id, want) end
end
return 1
"""
FORGET = """
local moving = redis.call('GET', KEYS[1])
if moving and cjson.decode(moving).id == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
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
    except TROUBLE as error:
        metrics.CART_ERRORS.inc()
        raise Unavailable(_("The cart does not answer. Please try again.")) from error


class RedisStorage:
    def check(self) -> None:
        with _available() as redis:
            redis.ping()

    def read(self, key: str) -> StoredCart:
        # Lines and token at one moment: lines that were ordered meanwhile, under a
        # token made since, would be ordered again.
        args, keys = _new_filling(), (_cart(key), _token(key), _moving(key))
        with _available() as redis:
            raw, token, *moving = redis.eval(READ, 3, *keys, *args)
            if moving:
                # Somebody died on the way. What came since stays for the next look.
                _finish(redis, key, moving[0])
                raw, token, *_others = redis.eval(READ, 3, *keys, *args)
        return StoredCart(_lines(raw), token.decode())

    def count(self, key: str) -> int:
        with _available() as redis:
            return sum(int(quantity) for quantity in redis.hvals(_cart(key)))

    def look(self, key: str) -> Look:
        with _available() as redis:
            found = redis.eval(LOOK, 4, *_looked_at(key), *_new_filling())
        return self._look(key, found)

    def add(
        self, key: str, product_id: UUID, quantity: int, limit: int, room: int = 0
    ) -> bool:
        return bool(self._put_in(ADD, key, product_id, quantity, limit, room))

    def add_and_look(
        self, key: str, product_id: UUID, quantity: int, limit: int, room: int = 0
    ) -> Look | None:
        found = self._put_in(ADD_AND_LOOK, key, product_id, quantity, limit, room)
        return None if found == 0 else self._look(key, found)

    def _put_in(
        self,
        script: str,
        key: str,
        product_id: UUID,
        quantity: int,
        limit: int,
        room: int,
    ) -> Any:
        """What the script answers, 0 if there would be more than the limit."""
        args = [str(product_id), quantity, limit, _keeping(key), room]
        keys = _looked_at(key)
        if not settings.REDIS_CLUSTER:
            keys += (_filled(today()),)
            args += [key, COUNTED_SECONDS]
        with _available() as redis:
            found = redis.eval(script, len(keys), *keys, *_new_filling(), *args)
        if found == -1:
            raise CartFull(room)
        if found != 0 and settings.REDIS_CLUSTER:
            _count_filled(key)
        return found

    def _look(self, key: str, found: Sequence[Any]) -> Look:
        """What LOOK has answered."""
        if not found:
            # Somebody died on the way: that is finished first.
            return self.read(key), self.pop_notices(key)
        raw, token, told = found
        return StoredCart(_lines(raw), token.decode()), list(map(json.loads, told))

    def set(self, key: str, product_id: UUID, quantity: int) -> None:
        if not quantity:
            self.remove(key, [product_id])
            return
        with _available() as redis:
            args = [str(product_id), quantity, _keeping(key)]
            redis.eval(SET, 1, _cart(key), *args)
        _count_filled(key)

    def remove(self, key: str, product_ids: Iterable[UUID]) -> None:
        fields = [str(product_id) for product_id in product_ids]
        with _available() as redis:
            redis.eval(REMOVE, 2, _cart(key), _token(key), *fields)

    def clear(self, key: str) -> None:
        with _available() as redis:
            redis.delete(_cart(key), _token(key))

    def forget(self, key: str) -> None:
        with _available() as redis:
            redis.delete(_cart(key), _token(key), _notices(key), _moving(key))

    def merge(self, source: str, target: str, limits: Mapping[UUID, int]) -> StoredCart:
        plain = json.dumps({str(pk): limit for pk, limit in limits.items()})
        own = str(new_id())
        keys = (_cart(source), _token(source), _moving(source))
        with _available() as redis:
            moving = redis.eval(TAKE, 3, *keys, own, target, plain)
            if moving and json.loads(moving)["id"] != own:
                # What somebody else began comes first; it may be all there is.
                _finish(redis, source, moving)
                moving = redis.eval(TAKE, 3, *keys, own, target, plain)
            if not moving or json.loads(moving)["id"] != own:
                return StoredCart()
            _finish(redis, source, moving)
        moved = json.loads(moving)["lines"]
        return StoredCart(_lines([part.encode() for part in moved]))

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


def _finish(redis: Any, source: str, moving: bytes) -> None:
    """What was taken out of the source is in its target, once, and forgotten."""
    move = json.loads(moving)
    target, receipt = move["target"], _receipt(move["target"], move["id"])
    lines = json.dumps(move["lines"])
    redis.eval(GIVE, 2, _cart(target), receipt, lines, move["limits"])
    redis.eval(FORGET, 1, _moving(source), move["id"])
    # From here on nobody begins to help, so the receipt need not stay for long.
    redis.expire(receipt, RECEIPT_SECONDS)
    with _not_needed("counted as the other's"):
        redis.eval(RECOUNT, 1, _filled(today()), source, target)


def _count_filled(key: str) -> None:
    with _not_needed("counted"), _available() as redis:
        redis.eval(COUNT, 1, _filled(today()), key, COUNTED_SECONDS)


@contextmanager
def _not_needed(what: str) -> Iterator[None]:
    """For figures alone nobody is told that a change failed which was made."""
    try:
        yield
    except (*TROUBLE, Unavailable) as error:
        logger.warning("a cart was not %s: %s", what, error)


def _looked_at(key: str) -> tuple[str, ...]:
    return _cart(key), _token(key), _moving(key), _notices(key)


def _new_filling() -> tuple[str, int]:
    """The name of this filling, if it has none yet, and how long it is kept."""
    return str(new_id()), VISITOR_SECONDS


def _keeping(key: str) -> int | str:
    """Seconds for which the cart is kept after a change, or "": for good."""
    return VISITOR_SECONDS if key.startswith("anon:") else ""


def _cart(key: str) -> str:
    return f"cart:{key}"


def _token(key: str) -> str:
    return f"{{cart:{key}}}:token"


def _notices(key: str) -> str:
    return f"{{cart:{key}}}:notices"


def _moving(key: str) -> str:
    return f"{{cart:{key}}}:moving"


def _receipt(key: str, move: str) -> str:
    return f"{{cart:{key}}}:moved:{move}"


def _filled(day: date) -> str:
    return f"carts:{day.isoformat()}"


def _lines(raw: Sequence[bytes]) -> dict[UUID, int]:
    pairs = zip(raw[::2], raw[1::2], strict=True)
    return {UUID(product_id.decode()): int(quantity) for product_id, quantity in pairs}
