"""`python -m tests.stack`: the whole shop on this machine, with wires to break.

Lines such as `db holds`, `redis drops`, `rabbitmq resets`, `db open 0.2` are obeyed.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.faults.database import Database, own_name
from tests.faults.shop import environment, manage
from tests.services import plugin
from tests.stack.proxy import State
from tests.stack.stack import Stack


def main() -> None:
    plugin._prepare(embedded=False)
    os.environ.pop("DATABASE_URL")
    with tempfile.TemporaryDirectory() as directory:
        os.environ["TEST_DIRECTORY"] = directory
        template = Database(own_name("stack_template"))
        template.create()
        goods = Path(directory, "goods.csv")
        goods.write_text("sku,name,price,stock\nS-1,Чай,900,5000\n", encoding="utf-8")
        known = environment(DATABASE_URL=template.url)
        for command in (["migrate", "-v", "0"], ["import_products", str(goods)]):
            done = manage(known, *command)
            if done.returncode:
                sys.exit(done.stderr)
        stack = Stack(template, Database(own_name("stack")), replicas=2)
        try:
            say(f"The shop is open: {stack.url} (/health). {__doc__}")
            for line in sys.stdin:
                obey(stack, line.split())
        except KeyboardInterrupt:
            pass
        finally:
            stack.close()
            template.drop()


def obey(stack: Stack, words: list[str]) -> None:
    try:
        part, state, *delay = words
        stack.wires[part].become(State(state), delay=float(*delay))
    except (KeyError, ValueError, TypeError):
        say(f"{' '.join(stack.wires)}, then {' '.join(s.value for s in State)}")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
