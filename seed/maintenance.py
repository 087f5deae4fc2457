"""6.2 Inspections that come round, some late, and a year of repairs."""

from bisect import bisect
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from seed.facilities import PLACES, buildings, room
from seed.world import ZONE, World
from services import workdays

PLANS: tuple[tuple[str, str, str | None, str | None, bool, int, str, int, int], ...] = (
    ("1号电梯定期检验", "statutory", "LIFT-1", None, True, 1, "year", 30, 210),
    ("1号电梯维护保养", "maintenance", "LIFT-1", None, False, 15, "day", 3, 6),
    ("建筑消防设施年度检测", "statutory", None, "A3-01", True, 1, "year", 30, 40),
    ("健身器材安全检测", "statutory", None, "A2-02", True, 1, "year", 30, -9),
    ("灭火器月度检查", "monthly", None, "A1-01", False, 1, "month", 5, 4),
    ("二楼灭火器月度检查", "monthly", None, "A2-01", False, 1, "month", 5, -3),
    ("三楼灭火器月度检查", "monthly", None, "A3-01", False, 1, "month", 5, 11),
    ("防火巡查", "daily", None, "A1-01", False, 1, "day", 0, 0),
    ("厨房燃气设施检查", "monthly", None, "A1-02", False, 1, "month", 5, 16),
    ("厨房油烟管道清洗", "maintenance", None, "A1-02", False, 3, "month", 10, 26),
    ("中央空调滤网清洗", "maintenance", None, "A4-02", False, 3, "month", 7, 55),
    ("配电箱安全检查", "quarterly", None, "B1-02", False, 3, "month", 7, 33),
    ("自动体外除颤器检查", "monthly", "AED-1", None, False, 1, "month", 5, 9),
    ("生活水箱清洗消毒", "yearly", None, "B1-02", False, 6, "month", 15, 70),
    ("监控设备巡检", "monthly", None, "A4-02", False, 1, "month", 5, 13),
)  # fmt: skip
"""What, kind, asset, place, by law, interval, unit, days of reminder, days from today to the next date."""
BASES = {
    "1号电梯定期检验": "《特种设备安全法》第33、40条",
    "建筑消防设施年度检测": "《消防法》第16条",
    "健身器材安全检测": "《全民健身条例》第28条",
}
FAULTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("水龙头漏水", "water", "更换阀芯", ("A1-02", "A2-01", "A4-02")),
    ("下水道堵塞", "water", "疏通管道", ("A1-02", "A2-01")),
    ("灯管不亮", "electricity", "更换灯管", ("A1-01", "A3-01", "A3-02", "A4-02")),
    ("插座无电", "electricity", "更换空气开关", ("A3-02", "A4-02", "A4-01")),
    ("空调不制冷", "climate", "清洗滤网并补充制冷剂", ("A3-01", "A2-03", "A4-02")),
    ("暖气不热", "climate", "排气并清洗过滤器", ("A2-01", "A3-02")),
    ("电梯运行异响", "lift", "维保单位调整导靴", ("A1-01",)),
    ("电脑无法开机", "computer", "更换电源", ("A1-01", "A4-02")),
    ("打印机卡纸", "computer", "清理搓纸轮", ("A1-01", "A4-02")),
    ("网络中断", "computer", "更换交换机端口", ("A1-01", "A4-02")),
    ("叫号机黑屏", "computer", "重装系统", ("A1-01",)),
    ("门锁损坏", "building", "更换锁芯", ("A3-03", "A3-04", "A4-03", "B1-01")),
    ("地砖松动", "building", "重新铺贴", ("A1-03", "A1-01")),
    ("窗户关不严", "building", "更换密封条", ("A3-02", "A2-03")),
    ("座椅损坏", "furniture", "加固更换配件", ("A3-01", "A1-03")),
    ("蒸饭柜漏气", "kitchen", "更换密封圈", ("A1-02",)),
    ("应急照明不亮", "fire", "更换电池", ("A3-01", "B1-02")),
    ("烟感报警器误报", "fire", "清洁探头", ("A1-02", "A2-01")),
    ("投影仪画面模糊", "computer", "更换灯泡", ("A3-01", "A4-01")),
)  # fmt: skip
THINGS = {
    "空调不制冷": (
        "分体空调",
        "多联机空调",
    ),
    "电脑无法开机": (
        "台式计算机",
        "便携式计算机",
    ),
    "打印机卡纸": (
        "激光打印机",
        "数码复合机",
    ),
    "网络中断": ("核心交换机",),
    "叫号机黑屏": ("排队叫号一体机",),
    "座椅损坏": (
        "等候排椅",
        "折叠椅",
        "会议桌椅",
    ),
    "蒸饭柜漏气": ("商用蒸饭柜",),
    "应急照明不亮": ("消防应急照明",),
    "投影仪画面模糊": ("投影仪",),
}
"""Which things a fault may be one of; the others are of the building."""
DEADLINES = (("P1", 30, "minutes", 4, "hours"), ("P2", 4, "hours", 1, "workdays"), ("P3", 1, "workdays", 3, "workdays"),
             ("P4", 3, "workdays", 10, "workdays"))  # fmt: skip


def make(world: World) -> None:
    """Plans with their inspections, deadlines of repairs, repairs."""
    _plans(world)
    world.load("repair_deadline", [
        {"priority": priority, "response": response, "response_unit": response_unit, "fix": fix, "fix_unit": fix_unit}
        for priority, response, response_unit, fix, fix_unit in DEADLINES
    ])  # fmt: skip
    world.load("work_order", _orders(world, _Clock(world), 260 * world.scale))


def _plans(world: World) -> None:
    random = world.random
    rows, keys = [], []
    for name, kind, asset, place, statutory, interval, unit, lead, left in PLANS:
        step = timedelta(days=interval * {"day": 1, "week": 7, "month": 30, "year": 365}[unit])
        due = world.today + timedelta(days=left)
        rows.append({
            "name": name, "kind": kind, "asset": world.ids["asset"][asset] if asset else None, "place": world.ids["place"][place] if place else None,
            "statutory": statutory, "basis": BASES.get(name), "interval": interval, "unit": unit, "lead_days": lead, "active": True,
            "starts_on": due - step * 4, "keeper": world.ids["staff"][random.choice(("SS-02/0", "SS-02/1"))], "last_done": due - step,
            "last_result": "pass", "next_due": due, "vendor": "江城特种设备检验所" if statutory else None,
        })  # fmt: skip
        keys.append(name)
    world.load("inspection_plan", rows, keys)
    records: list[dict[str, Any]] = []
    for row, key in zip(rows, keys, strict=True):
        step = (row["next_due"] - row["last_done"]) or timedelta(days=1)
        times = min(12 if row["interval"] * 1 and row["unit"] != "year" else 2, 30)
        for back in range(times, 0, -1):
            done = row["next_due"] - step * back
            late = back > 1 and random.random() < 0.07
            result = "pass" if back == 1 or random.random() > 0.06 else "rectify"
            records.append({
                "_at": world.office_moment(done), "plan": world.ids["inspection_plan"][key], "done_on": done, "inspector": row["keeper"],
                "firm": row["vendor"], "result": result, "findings": "个别部件磨损，已要求限期整改。" if result == "rectify" else None,
                "certificate_no": f"JY{done:%Y%m}{random.randrange(10_000):04}" if row["statutory"] else None,
                "valid_until": done + step if row["statutory"] else None, "cost": Decimal(random.randrange(400, 2600, 50)) if row["statutory"] else None,
                "due_on": done - timedelta(days=random.randrange(1, 6)) if late else done, "on_time": not late,
            })  # fmt: skip
    records.sort(key=lambda record: record["done_on"])
    world.load("inspection_record", records)


class _Clock:
    """Deadlines of repairs; working days are looked up once per date."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._after: dict[tuple[date, int], date] = {}

    def due(self, start: datetime, amount: int, unit: str) -> datetime:
        """The deadline so long after a moment."""
        if unit != "workdays":
            return start + timedelta(minutes=amount * (60 if unit == "hours" else 1))
        day = start.astimezone(ZONE).date()
        found = self._after.get((day, amount))
        if found is None:
            found, _certain = workdays.add_workdays(self._world.db, self._world.centre, day, amount)
            self._after[day, amount] = found
        return self._world.at(found, 17, 30)


def _orders(world: World, clock: _Clock, count: int) -> Iterator[dict[str, Any]]:
    """Repairs of the last year (of more years, at a larger scale); the latest ones are still open, a few of them late."""
    random = world.random
    repairers = [world.ids["staff"][key] for key in ("SS-02/0", "SS-02/1", "SS-01/0")]
    others = [id for key, id in world.ids["staff"].items() if not key.startswith("SS")]
    deadlines: dict[str, list[Any]] = {str(priority): rest for priority, *rest in DEADLINES}
    names = {code: name for code, name, *_rest in PLACES}
    first = world.today - timedelta(days=world.days(365))
    starts = sorted(world.office_moment(world.day(first, world.today)) for _ in range(count))
    now = world.at(world.today, 17)
    for place_in_row, reported in enumerate(starts):
        reported = min(reported, now)
        fault, trade, solution, places = random.choice(FAULTS)
        code, building = random.choice(places), random.randrange(1, buildings(world) + 1)
        place = room(world, code, building)
        priority = random.choices(("P1", "P2", "P3", "P4"), (4, 18, 58, 20))[0]
        if trade in ("lift", "fire") and priority in ("P3", "P4"):
            priority = "P2"
        response, response_unit, fix, fix_unit = deadlines[priority]
        response_due, fix_due = clock.due(reported, response, response_unit), clock.due(reported, fix, fix_unit)
        responded = reported + (response_due - reported) * random.uniform(0.2, 1.05)
        share = random.uniform(0.15, 0.9) if random.random() < 0.94 else random.uniform(1.05, 1.6)
        fixed = max(responded + timedelta(minutes=20), reported + (fix_due - reported) * share)
        row: dict[str, Any] = {
            "_at": reported, "fault": f"{f'{building}号楼' if building > 1 else ''}{names[code]}{fault}", "trade": trade, "priority": priority,
            "place": place, "asset": _asset(world, place, fault, reported),
            "out_of_use": priority == "P1" or random.random() < 0.15, "came_from": random.choices(("staff", "resident", "inspection"), (70, 22, 8))[0],
            "reporter": random.choice(others), "reported_at": reported, "response_due": response_due, "fix_due": fix_due, "due": response_due,
            "state": "pending",
        }  # fmt: skip
        row |= _progress(world, row, place_in_row, count, now, responded, fixed, random.choice(repairers), random.choice(others), solution)
        yield row


def _asset(world: World, place: int, fault: str, reported: datetime) -> int | None:
    """A thing that may have this fault, of those that stood there by then."""
    day = reported.astimezone(ZONE).date()
    there = (world.ids["assets by place"].get((place, name), []) for name in THINGS.get(fault, ()))
    by_then = [one for things in there for one in things[: bisect(things, (day, 0))]]
    return world.random.choice(by_then)[1] if by_then else None


def _progress(
    world: World,
    row: dict[str, Any],
    number: int,
    count: int,
    now: datetime,
    responded: datetime,
    fixed: datetime,
    repairer: int,
    other: int,
    solution: str,
) -> dict[str, Any]:
    """How far a repair has come by today."""
    random = world.random
    left = count - number
    if left > 60 and random.random() < 0.03:
        return {"state": "cancelled", "due": None}
    if fixed > now or left < 3:
        if responded > now or left < 3:
            return {"state": random.choice(("pending", "assigned")), "due": row["response_due"]} | (
                {"assignee": repairer} if left % 2 else {"state": "pending"}
            )
        return {"state": random.choice(("in_progress", "waiting")), "assignee": repairer, "responded_at": responded, "due": row["fix_due"]}
    if left <= 12 and left % 4 == 0:
        return {"state": "waiting", "assignee": repairer, "responded_at": responded, "due": row["fix_due"]}
    parts = Decimal(random.choices((0, random.randrange(8, 90), random.randrange(90, 900)), (45, 40, 15))[0])
    labour = Decimal(random.choices((0, random.randrange(50, 400, 10)), (70, 30))[0])
    ended = {
        "assignee": repairer, "responded_at": responded, "fixed_at": fixed, "due": None, "on_time": fixed <= row["fix_due"], "fixed_by": repairer,
        "cause": random.choices(("wear", "use", "maintenance", "part", "installation", "outside", "unknown"), (48, 14, 12, 9, 5, 7, 5))[0],
        "solution": solution + "，试用正常。", "parts_cost": parts, "labour_cost": labour, "cost": parts + labour,
        "downtime": Decimal(round((fixed - row["reported_at"]).total_seconds() / 360)) / 10 if row["out_of_use"] else Decimal(0),
    }  # fmt: skip
    if left <= 8:
        return {"state": "to_accept", **ended}
    return {"state": "done", "accepted_by": other, **ended}
