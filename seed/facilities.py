"""2.3 and 2.4 The rooms of the demo centre, what the norms ask of them, opening hours, closures and bookings."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from models.types import Place
from seed.world import World

PLACES: tuple[tuple[str, str, int, str, int, int, bool, bool, tuple[int, int]], ...] = (
    ("A1-01", "综合受理厅", 1, "reception", 190, 60, True, False, (30, 60)),
    ("A1-02", "助老餐厅", 1, "meals", 180, 90, True, False, (72, 62)),
    ("A1-03", "无障碍等候区", 1, "other", 96, 30, True, False, (50, 25)),
    ("A2-01", "日间照料中心", 2, "day_care", 220, 40, True, False, (28, 50)),
    ("A2-02", "健身康复室", 2, "culture", 110, 25, True, True, (66, 50)),
    ("A2-03", "儿童之家", 2, "child_care", 120, 35, True, True, (84, 30)),
    ("A3-01", "多功能厅", 3, "multi", 200, 120, True, True, (30, 50)),
    ("A3-02", "图书阅览室", 3, "reading", 90, 40, True, True, (64, 34)),
    ("A3-03", "矛盾调解室", 3, "mediation", 30, 10, True, True, (80, 28)),
    ("A3-04", "心理咨询室", 3, "counselling", 20, 4, True, True, (80, 62)),
    ("A4-01", "会议室", 4, "meeting", 60, 30, False, True, (26, 40)),
    ("A4-02", "办公区", 4, "office", 240, 40, False, False, (60, 40)),
    ("A4-03", "志愿者之家", 4, "volunteers", 30, 15, True, True, (88, 62)),
    ("B1-01", "物资库房", -1, "storage", 60, 0, False, False, (40, 50)),
    ("B1-02", "通道及设备间", -1, "other", 214, 0, False, False, (70, 50)),
)  # fmt: skip
"""Code, name, floor, function, floor area (m²), capacity, open to residents, can be booked, place on the plan (%). 1,860 m² in all."""
NORMS: tuple[dict[str, Any], ...] = (
    {"name": "每百户服务设施面积", "measure": "household_area", "minimum": Decimal(30), "aim": Decimal(80), "source": "城市社区嵌入式服务设施建设导则（试行）"},
    {"name": "中心建筑面积", "measure": "building_area", "minimum": Decimal(600), "aim": Decimal(800), "source": "城市社区嵌入式服务设施建设导则（试行）"},
    {"name": "居民活动面积占比", "measure": "public_share", "minimum": Decimal(60), "source": "省级“十四五”社区服务体系建设规划"},
    {"name": "日间照料用房", "measure": "function_area", "function": "day_care", "minimum": Decimal(200), "aim": Decimal(300), "source": "本中心年度目标"},
    {"name": "助餐用房", "measure": "function_area", "function": "meals", "minimum": Decimal(150), "source": "本中心年度目标"},
    {"name": "文体活动用房", "measure": "function_area", "function": "culture", "minimum": Decimal(160), "aim": Decimal(240), "source": "本中心年度目标"},
    {"name": "受理大厅无障碍设施", "measure": "items", "function": "reception", "must_have": ["low_counter", "display", "voice", "writing_pad"],
     "source": "《无障碍环境建设法》第40条"},
)  # fmt: skip
PURPOSES: tuple[tuple[str, str, tuple[str, ...], tuple[int, int]], ...] = (
    ("老年太极班", "activity", ("A3-01", "A2-02"), (15, 30)),
    ("合唱队排练", "activity", ("A3-01",), (20, 45)),
    ("书法兴趣小组", "activity", ("A3-02", "A4-03"), (8, 15)),
    ("四点半课堂", "service", ("A2-03",), (12, 30)),
    ("法律咨询日", "service", ("A3-03",), (4, 10)),
    ("心理健康咨询", "service", ("A3-04",), (1, 3)),
    ("邻里矛盾调解", "service", ("A3-03",), (3, 8)),
    ("慢病健康讲座", "activity", ("A3-01",), (40, 90)),
    ("防诈骗宣传讲座", "activity", ("A3-01",), (35, 100)),
    ("智能手机培训", "training", ("A3-02", "A4-03"), (8, 15)),
    ("科室周例会", "meeting", ("A4-01",), (6, 25)),
    ("网格员工作例会", "meeting", ("A4-01",), (15, 30)),
    ("居民议事会", "meeting", ("A4-01", "A3-01"), (12, 30)),
    ("志愿者岗前培训", "training", ("A4-03", "A4-01"), (8, 15)),
    ("亲子阅读", "activity", ("A3-02", "A2-03"), (10, 30)),
    ("康复训练", "service", ("A2-02",), (4, 12)),
    ("业委会换届选举会议", "outside", ("A3-01",), (50, 110)),
    ("社会组织沙龙", "outside", ("A4-01", "A4-03"), (8, 15)),
)  # fmt: skip
BOOKED_DAYS, AHEAD = 162, 20
"""Days of bookings at scale 1, and how many of them lie ahead."""
SLOTS = ((9, 90), (14, 90), (10, 60), (15, 120), (8, 30), (16, 60))
"""Hour of the start and minutes, none overlapping another of the same day when two hours or less are kept between."""


def make(world: World) -> None:
    """Places, norms, hours, a closure, bookings around today."""
    _places(world)
    _hours(world)
    _closures(world)
    world.load("booking", _bookings(world))


def buildings(world: World) -> int:
    """A centre that is too busy for its rooms has them again in further buildings."""
    return ceil(world.busier(BOOKED_DAYS))


def room(world: World, code: str, building: int) -> int:
    """The id of the room with this code in one of the buildings (1: the main one)."""
    found: int = world.ids["place"][code if building == 1 else f"{building}-{code}"]
    return found


def _places(world: World) -> None:
    keepers = [world.ids["staff"][key] for key in ("SS-02/0", "SS-02/1", "SS-03/0")]
    everything = ["low_counter", "ramp", "toilet", "display", "writing_pad", "voice"]
    rows = []
    for code, name, floor, function, area, capacity, public, bookable, (x, y) in PLACES:
        held = world.random.sample(everything, world.random.randrange(2, 5)) if public else []
        if function == "reception":
            held = [item for item in everything if item != "writing_pad"]
        rows.append({
            "code": code, "name": name, "building": "主楼", "floor": floor, "function": function, "area": Decimal(area), "capacity": capacity,
            "public": public, "bookable": bookable, "accessibility": held, "fire_exit_ok": True, "keeper": world.random.choice(keepers),
            "department": world.ids["department"]["SS"], "position": Place(Decimal(x), Decimal(y)), "state": "open",
        })  # fmt: skip
    maintained = next(row for row in rows if row["code"] == "A2-02")
    maintained |= {"state": "restricted", "state_note": "部分器材检修，限流使用", "reopens_on": world.today + timedelta(days=9)}
    for number in range(2, buildings(world) + 1):
        rows += [{**row, "code": f"{number}-{row['code']}", "name": f"{number}号楼{row['name']}", "building": f"{number}号楼", "state": "open",
                  "state_note": None, "reopens_on": None} for row in rows[: len(PLACES)]]  # fmt: skip
    world.load("place", rows, [row["code"] for row in rows])
    world.load("facility_requirement", [dict(norm) for norm in NORMS])


def _hours(world: World) -> None:
    rows: list[dict[str, Any]] = []
    for weekday in "12345":
        rows.append({"kind": "regular", "weekday": weekday, "opens_at": time(8, 30), "closes_at": time(12, 0)})
        rows.append(
            {"kind": "regular", "weekday": weekday, "opens_at": time(12, 0), "closes_at": time(14, 0), "note": "午间不打烊"}
            | {"kind": "staggered"}
        )
        rows.append({"kind": "regular", "weekday": weekday, "opens_at": time(14, 0), "closes_at": time(17, 30)})
    evening = {"kind": "extended", "opens_at": time(17, 30), "closes_at": time(20, 30), "note": "夜间延时服务"}
    weekend = {"kind": "staggered", "opens_at": time(9, 0), "closes_at": time(17, 0), "note": "周末错时开放"}
    rows += [{**evening, "weekday": weekday} for weekday in "25"]
    rows += [{**weekend, "weekday": weekday} for weekday in "67"]
    rows.append({"kind": "holiday", "opens_at": time(9, 0), "closes_at": time(16, 0), "note": "节假日值班开放"})
    world.load("opening_hours", rows)


def _closures(world: World) -> None:
    past, coming = world.today - timedelta(days=64), world.today + timedelta(days=12)
    world.load("closure_notice", [
        {"place": world.ids["place"]["A1-02"], "kind": "planned", "reason": "餐厅烟道清洗", "starts_at": world.at(past, 8, 30), "ends_at": world.at(past, 17, 30),
         "published_at": world.at(past - timedelta(days=10), 10), "state": "over", "instead": "当日由街道中心食堂送餐上门。", "phone": "027-88880001"},
        {"place": world.ids["place"]["A3-01"], "kind": "planned", "reason": "多功能厅音响改造", "starts_at": world.at(coming, 8, 30),
         "ends_at": world.at(coming + timedelta(days=2), 17, 30), "published_at": world.at(world.today - timedelta(days=3), 9), "state": "published",
         "instead": "合唱队、太极班改在健身康复室活动。", "phone": "027-88880001"},
        {"place": None, "kind": "planned", "reason": "年度消防演练（全员疏散）", "starts_at": world.at(world.today + timedelta(days=25), 14),
         "ends_at": world.at(world.today + timedelta(days=25), 16), "state": "draft"},
    ])  # fmt: skip


def _bookings(world: World) -> Iterator[dict[str, Any]]:
    """Bookings up to 20 days ahead, one per place and slot, on days when the centre is open."""
    random = world.random
    staff = list(world.ids["staff"].values())
    closed = world.today + timedelta(days=12)
    days = world.days(BOOKED_DAYS)
    for number in range(days):
        day = world.today + timedelta(days=AHEAD - days + 1 + number)
        if closed <= day <= closed + timedelta(days=2) or random.random() < 0.06:
            continue
        weekend = day.isoweekday() >= 6
        load = random.uniform(0.25, 0.5) * (0.4 if weekend else 1.0) * (1.3 if day.month in (7, 8, 10) else 1.0)
        for building in range(1, buildings(world) + 1):
            used: dict[str, list[tuple[int, int]]] = {}
            for purpose, kind, places, (low, high) in PURPOSES:
                if random.random() > load:
                    continue
                code = random.choice(places)
                slot = _slot(world, used.setdefault(code, []), weekend)
                if slot is not None:
                    place = room(world, code, building)
                    yield _booking(world, day, slot, purpose, kind, place, random.randrange(low, high + 1), random.choice(staff))


def _slot(world: World, used: list[tuple[int, int]], weekend: bool) -> tuple[int, int] | None:
    """A slot that is still free where these minutes of the day are used; weekends begin later."""
    for hour, minutes in world.random.sample(SLOTS, len(SLOTS)):
        if weekend and hour < 9:
            continue
        start, end = hour * 60, hour * 60 + minutes
        if all(end <= begun or start >= ended for begun, ended in used):
            used.append((start, end))
            return hour, minutes
    return None


def _booking(
    world: World, day: date, slot: tuple[int, int], purpose: str, kind: str, place: int, size: int, organiser: int
) -> dict[str, Any]:
    random = world.random
    hour, minutes = slot
    starts = world.at(day, hour, 30 if hour == 8 else 0)
    ends = starts + timedelta(minutes=minutes)
    if day > world.today:
        state = random.choices(("requested", "confirmed", "cancelled"), (25, 70, 5))[0]
    elif day == world.today:
        state = random.choices(("confirmed", "checked_in"), (70, 30))[0]
    else:
        state = random.choices(("done", "cancelled", "no_show"), (88, 8, 4))[0]
    attended = max(0, round(size * random.uniform(0.6, 1.1))) if state == "done" else None
    outside = kind == "outside"
    return {
        "_at": world.office_moment(min(day - timedelta(days=random.randrange(2, 15)), world.today)), "place": place, "starts_at": starts, "ends_at": ends,
        "purpose": purpose, "kind": kind, "party_size": size, "organiser": organiser, "contact": world.name("female") if outside else None,
        "contact_phone": world.phone() if outside else None, "state": state, "attended": attended,
        "hours": (Decimal(minutes) / 60).quantize(Decimal("0.01")), "missed": state == "no_show", "weekday": str(day.isoweekday()), "hour": hour,
    }  # fmt: skip
