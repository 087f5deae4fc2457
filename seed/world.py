"""What the demo data is made with: one random source, one day that counts as today, and the way into the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from services.crud import load
from services.crud.access import Actor, system_actor
from services.crud.registry import table

ZONE = ZoneInfo("Asia/Shanghai")
OPENED = date(2016, 5, 18)
"""Nothing is older than the centre itself, however much there is: then more happens on each day."""
AT_ONCE = 5_000
"""Rows that are held and written at a time."""
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
GIVEN = {
    "female": ("芳", "娜", "敏", "静", "丽", "艳", "娟", "秀英", "秀兰", "桂英", "玉兰", "婷婷", "雪梅", "晓燕", "海燕", "文静", "雅琴", "慧敏", "思雨", "佳怡", "春梅", "红霞", "淑珍", "凤英", "梦洁"),
    "male": ("伟", "强", "磊", "军", "勇", "杰", "涛", "明", "超", "建国", "志强", "建华", "国庆", "文博", "宇航", "德明", "永康", "海涛", "俊峰", "立新", "振华", "学军", "子轩", "浩然", "长林"),
}  # fmt: skip


@dataclass
class World:
    """The state of one seeding. The same seed, scale and day give the same data."""

    db: Session
    centre: int
    today: date
    scale: int = 1
    random: Random = field(default_factory=lambda: Random(20260101))
    ids: dict[str, Any] = field(default_factory=dict)
    """Ids by table and by a key of one's own, for what refers to them."""
    taken: set[str] = field(default_factory=set)

    @property
    def actor(self) -> Actor:
        """The product itself, seeding."""
        return system_actor(self.centre, "seed")

    def days(self, days: int) -> int:
        """How far back something goes that covers so many days at scale 1."""
        return min(days * self.scale, (self.today - OPENED).days)

    def busier(self, days: int) -> float:
        """How many times as much of it happens on each of those days."""
        return days * self.scale / self.days(days)

    def load(self, name: str, rows: Iterable[dict[str, Any]], keys: Sequence[Any] | None = None) -> list[int]:
        """Write rows, part by part: their ids in order; with `keys` also kept in `ids[name]` by them."""
        described, ids, rest = table(name), list[int](), iter(rows)
        while part := list(islice(rest, AT_ONCE)):
            ids += load.load(self.db, self.actor, described, part)
        if keys is not None:
            self.ids.setdefault(name, {}).update(zip(keys, ids, strict=True))
        return ids

    def name(self, gender: str) -> str:
        """A person's name that was not given before (after some tries, with a rarer given name)."""
        for _try in range(40):
            name = self.random.choice(SURNAMES) + self.random.choice(GIVEN[gender])
            if name not in self.taken:
                break
        else:
            name += self.random.choice("一之小大文")
        self.taken.add(name)
        return name

    def phone(self) -> str:
        """A mobile number of valid form whose body is plainly made up: 1380000xxxx."""
        return f"1380000{self.random.randrange(10_000):04}"

    def id_number(self, gender: str, born: date) -> str:
        """An ID number with a right check digit and an area code that does not exist (9901xx)."""
        while True:
            serial = self.random.randrange(500) * 2 + (gender == "male")
            body = f"9901{self.random.randrange(1, 10):02}{born:%Y%m%d}{serial:03}"
            check = "10X98765432"[
                sum(int(d) * w for d, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
            ]
            if body + check not in self.taken:
                self.taken.add(body + check)
                return body + check

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment of that day in the centre's time zone."""
        return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)

    def office_moment(self, day: date) -> datetime:
        """A moment within office hours, with peaks at 9-11 and 14-16."""
        hour = self.random.choices(range(8, 18), (2, 6, 6, 3, 1, 2, 5, 5, 3, 1))[0]
        return self.at(day, hour, self.random.randrange(60) if hour != 8 else self.random.randrange(30, 60))

    def day(self, first: date, last: date) -> date:
        """A day between two days."""
        return first + timedelta(days=self.random.randrange(max(1, (last - first).days + 1)))

    def yuan(self, low: int, high: int, step: int = 1) -> Decimal:
        """An amount that looks like a price."""
        return Decimal(self.random.randrange(low, high + 1, step)) + self.random.choice(
            (Decimal(0), Decimal(0), Decimal("0.5"), Decimal("0.9"))
        )
