"""6.2 The asset cards of the demo centre, how they moved, the stocktakes, and how the oldest of them left."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from seed.facilities import buildings, room
from seed.reference import CLASSES
from seed.world import AT_ONCE, World
from services.platform.files import store

KINDS: tuple[tuple[str, str, str, tuple[str, ...], int, int, int, str, tuple[str, ...], str], ...] = (
    ("台式计算机", "A02010105", "台", ("启天M450 i5/16G/512G", "开天M70 i5/16G/512G"), 40, 4200, 5600, "CZ-02",
    ("A4-02", "A1-01", "A3-02"), "computer"),
    ("便携式计算机", "A02010108", "台", ("昭阳X5 i7/16G",), 6, 6200, 7900, "CZ-02", ("A4-02", "A4-01"), "computer"),
    ("激光打印机", "A02020100", "台", ("M7206W", "HL-2260D"), 9, 1150, 2600, "CZ-02", ("A4-02", "A1-01"), "computer"),
    ("数码复合机", "A02020100", "台", ("ADC227",), 3, 9800, 13800, "CZ-02", ("A4-02", "A1-01"), "computer"),
    ("分体空调", "A02061804", "台", ("KFR-35GW 1.5匹", "KFR-72LW 3匹"), 34, 2600, 7200, "CZ-02",
    ("A1-01", "A2-01", "A2-03", "A3-01", "A3-02", "A4-01", "A4-02"), "climate"),
    ("多联机空调", "A02061804", "套", ("MDV-450",), 4, 42000, 68000, "CZ-03", ("A3-01", "A1-02"), "climate"),
    ("投影仪", "A02020200", "台", ("CB-X51 3800流明",), 6, 3800, 7600, "CZ-02", ("A3-01", "A4-01", "A2-03"), "computer"),
    ("排队叫号一体机", "A02020400", "套", ("QS-19",), 2, 16800, 21500, "CZ-03", ("A1-01",), "computer"),
    ("自助服务终端", "A02020400", "台", ("ZZ-32T",), 3, 28600, 36800, "CZ-03", ("A1-01",), "computer"),
    ("信息发布屏", "A02020400", "块", ("55寸液晶",), 7, 3200, 6400, "DZ-01", ("A1-01", "A1-03", "A3-01"), "computer"),
    ("乘客电梯", "A02051228", "部", ("MRL-800 4层4站",), 1, 268000, 268000, "CZ-03", ("B1-02",), "lift"),
    ("干粉灭火器", "A02370000", "具", ("MFZ/ABC4",), 8, 1040, 1600, "CZ-02", ("A1-01", "A2-01", "A3-01", "A4-02", "B1-02"), "fire"),
    ("消防应急照明", "A02370000", "套", ("ZFZD-E3W",), 6, 1100, 2400, "CZ-02", ("A3-01", "B1-02", "A1-01"), "fire"),
    ("自动体外除颤器", "A02320000", "台", ("BeneHeart C1A",), 2, 18600, 21800, "JZ-01", ("A1-01", "A2-01"), "other"),
    ("健康一体机", "A02320000", "台", ("HW-V9000",), 2, 23800, 27600, "FC-01", ("A2-01", "A1-03"), "other"),
    ("护理床", "A02320000", "张", ("双摇五功能",), 12, 2300, 3900, "FC-01", ("A2-01",), "furniture"),
    ("康复训练器", "A02450000", "台", ("上下肢主被动",), 6, 6800, 15800, "FC-01", ("A2-02",), "other"),
    ("跑步机", "A02450000", "台", ("商用 SH-T8919",), 3, 9800, 14800, "FC-01", ("A2-02",), "other"),
    ("商用蒸饭柜", "A02061900", "台", ("24盘",), 2, 4600, 6800, "CZ-03", ("A1-02",), "kitchen"),
    ("冷藏柜", "A02061900", "台", ("四门", "双温"), 5, 3200, 7600, "CZ-03", ("A1-02",), "kitchen"),
    ("洗碗机", "A02061900", "台", ("揭盖式",), 2, 12800, 18600, "CZ-03", ("A1-02",), "kitchen"),
    ("油烟净化器", "A02061900", "台", ("静电式 16000风量",), 2, 11200, 16400, "CZ-03", ("A1-02",), "kitchen"),
    ("监控主机", "A02091000", "套", ("32路NVR",), 2, 5600, 8800, "CZ-02", ("A4-02",), "computer"),
    ("网络摄像机", "A02091000", "批", ("400万像素 12只",), 3, 6800, 9600, "CZ-02", ("A1-01", "A2-01", "A3-01"), "computer"),
    ("核心交换机", "A02010200", "台", ("48口千兆",), 3, 5200, 9800, "CZ-02", ("A4-02", "B1-02"), "computer"),
    ("服务器", "A02010200", "台", ("2U 双路",), 1, 38600, 38600, "CZ-02", ("B1-02",), "computer"),
    ("移动音响", "A02020400", "套", ("15寸户外",), 3, 2600, 5800, "DZ-01", ("A3-01", "A4-03"), "other"),
    ("图书", "A04010000", "批", ("社科文艺类", "少儿类", "养生保健类"), 9, 3200, 12600, "DZ-01", ("A3-02", "A2-03"), "furniture"),
    ("会议桌椅", "A05010200", "套", ("12人位",), 5, 4800, 9600, "CZ-02", ("A4-01", "A3-01"), "furniture"),
    ("办公桌椅", "A05010200", "套", ("1.4m 屏风工位",), 28, 1100, 1900, "CZ-02", ("A4-02", "A1-01"), "furniture"),
    ("等候排椅", "A05010200", "组", ("三人位",), 12, 1080, 1600, "CZ-02", ("A1-01", "A1-03"), "furniture"),
    ("折叠椅", "A05010200", "批", ("活动用 50把",), 4, 3600, 5200, "DZ-01", ("A3-01",), "furniture"),
    ("文件柜", "A05010500", "组", ("双节玻璃门",), 16, 1050, 1680, "CZ-02", ("A4-02",), "furniture"),
    ("密集架", "A05010500", "组", ("手动6列",), 2, 18600, 26800, "CZ-03", ("B1-01",), "furniture"),
    ("书架", "A05010500", "组", ("钢木双面",), 8, 1180, 1760, "DZ-01", ("A3-02",), "furniture"),
    ("业务系统软件", "A08020000", "套", ("一窗受理平台", "财务软件", "档案管理系统"), 3, 36000, 118000, "CZ-03", ("A4-02",), "computer"),
)  # fmt: skip
"""Name, class, unit, models, how many, price from, to, source, places, trade of its repairs."""
QUANTITIES = {"干粉灭火器": 8, "消防应急照明": 10, "网络摄像机": 12, "折叠椅": 50, "图书": 120, "等候排椅": 2}
SPECIAL = {"乘客电梯": ("LIFT-1",), "自动体外除颤器": ("AED-1", "AED-2")}


def make(world: World) -> None:
    """Cards with their moves, part by part in the order in which they were bought; stocktakes, and disposals of the oldest."""
    by_place: dict[tuple[int, str], list[tuple[date, int]]] = defaultdict(list)
    oldest: list[tuple[int, dict[str, Any]]] = []
    scrap: list[tuple[int, dict[str, Any]]] = []
    gone: dict[date, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    lent: list[dict[str, Any]] = []
    special = world.ids.setdefault("asset", {})
    cards = _cards(world)
    while part := list(islice(cards, AT_ONCE)):
        ids = world.load("asset", [card.row for card in part])
        issued: list[dict[str, Any]] = []
        for id, card in zip(ids, part, strict=True):
            if card.key:
                special[card.key] = id
            if card.row["state"] in ("in_use", "in_stock"):
                by_place[card.row["place"], card.row["name"]].append((card.row["acquired_on"], id))
            if card.row["state"] == "to_scrap" and len(scrap) < 6:
                scrap.append((id, card.row))
            if card.row["removed_on"]:
                gone[card.row["removed_on"]].append((id, card.row))
            if len(oldest) < 400 and not card.row["removed_on"]:
                oldest.append((id, card.row))
            for move in _moves(world, id, card.row):
                (lent if move["kind"] == "lend" else issued).append(move)
        world.load("asset_move", sorted(issued, key=_moved_on))
    world.load("asset_move", sorted(lent, key=_moved_on))
    world.ids["assets by place"] = by_place
    _stocktakes(world, oldest)
    _disposals(world, scrap, gone)


class _Card(NamedTuple):
    row: dict[str, Any]
    key: str
    """By which others refer to it; most have none."""
    trade: str
    """Who repairs it."""


def _cards(world: World) -> Iterator[_Card]:
    """All cards in the order in which they were bought."""
    random = world.random
    people = [id for key, id in world.ids["staff"].items() if not key.startswith("GL")]
    departments = {id: world.ids["department"][key.split("-")[0]] for key, id in world.ids["staff"].items()}
    lives = {code: life for code, _name, _group, life, _threshold in CLASSES}
    first, last = world.today - timedelta(days=365 * 9), world.today - timedelta(days=12)
    bought_things = sorted(
        (world.day(first, last), place, number) for place, kind in enumerate(KINDS) for number in range(kind[4] * world.scale)
    )
    for serial, (bought, place_in_row, number) in enumerate(bought_things):
        name, class_code, unit, models, _count, low, high, source, places, trade = KINDS[place_in_row]
        key = "".join(SPECIAL.get(name, ())[number : number + 1])
        building = 1 if key else random.randrange(1, buildings(world) + 1)
        quantity = QUANTITIES.get(name, 1)
        keeper = random.choice(people)
        life = lives[class_code]
        worn_out = life is not None and (world.today - bought).days > life * 30.4
        removed = _clearance(world, bought + timedelta(days=round((life or 0) * 30.4)))
        state = random.choices(
            ("in_use", "in_stock", "idle", "repair", "lent", "to_scrap", "scrapped"),
            (86, 4, 3, 2, 1, 4 if worn_out else 0, 30 if worn_out and removed else 0),
        )[0]
        if key:
            state = "in_use"
        row = {
            "_at": world.office_moment(bought), "name": name, "asset_class": world.ids["asset_class"][class_code], "brand": None,
            "model": random.choice(models), "serial": f"SN{class_code[-5:]}{serial:07}" if quantity == 1 and unit == "台" else None,
            "quantity": quantity, "unit": unit, "place": room(world, random.choice(places), building), "keeper": keeper,
            "department": departments[keeper], "state": state, "original_value": Decimal(random.randrange(low, high + 1, 10)),
            "source": world.ids["fund_source"][source], "plate": source == "FC-01", "acquired_on": bought,
            "in_service_on": bought + timedelta(days=random.randrange(0, 20)), "life_months": life,
            "origin": "donated" if source == "JZ-01" else "bought",
            "supplier": random.choice(("江城办公设备有限公司", "同创科技", "康乐医疗器械", "政府采购网上商城", "华美家具")),
            "contract": f"HT{bought:%Y}{random.randrange(1000):03}", "warranty_ends_on": bought + timedelta(days=365 * random.choice((1, 2, 3))),
            "bookable": name in ("投影仪", "移动音响", "便携式计算机") and state == "in_use",
            "removed_on": removed if state == "scrapped" else None,
        }  # fmt: skip
        if state == "lent":
            # What has been out for less than a month is not late yet.
            soonest = -6 if bought < world.today - timedelta(days=40) else 1
            row |= {"borrower": "湖滨社区居委会", "due_back": world.today + timedelta(days=random.randrange(soonest, 25))}
        yield _Card(row, key, trade)


def _clearance(world: World, worn_out: date) -> date | None:
    """The day in June or December on which what is worn out by then is cleared away, if it is over."""
    days = (date(year, month, 16) for year in range(worn_out.year, world.today.year + 1) for month in (6, 12))
    return next((day for day in days if worn_out < day < world.today - timedelta(days=20)), None)


def _moves(world: World, id: int, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Handed out when it came, and lent if it is."""
    if row["state"] not in ("in_use", "lent", "idle", "repair", "scrapped"):
        return
    handed = min(row["in_service_on"], world.today)
    yield {"_at": world.office_moment(handed), "kind": "issue", "asset": id, "moved_on": handed, "to_place": row["place"],
           "to_keeper": row["keeper"], "to_department": row["department"]}  # fmt: skip
    if row["state"] == "lent":
        lent = max(handed, world.today - timedelta(days=world.random.randrange(7, 30)))
        yield {"_at": world.office_moment(lent), "kind": "lend", "asset": id, "moved_on": lent, "borrower": row["borrower"],
               "due_back": row["due_back"], "from_place": row["place"], "from_keeper": row["keeper"], "reason": "社区活动借用"}  # fmt: skip


def _moved_on(move: dict[str, Any]) -> date:
    day: date = move["moved_on"]
    return day


def _stocktakes(world: World, cards: list[tuple[int, dict[str, Any]]]) -> None:
    random = world.random
    year = world.today.year
    staff = world.ids["staff"]
    last = {"name": f"{year - 1}年度固定资产盘点", "counted_on": date(year - 1, 12, 12), "counter": staff["SS-02/0"],
    "second_counter": staff["CW-02/0"],
            "state": "approved", "approved_by": staff["GL-02/0"], "conclusion": "账实基本相符，个别资产存放地点变动，已更正。"}  # fmt: skip
    this = {
        "name": f"{year}年度固定资产盘点",
        "counted_on": world.today,
        "counter": staff["SS-02/1"],
        "second_counter": staff["CW-02/1"],
        "state": "counting",
    }
    before, now = world.load("stocktake", [{"_at": world.at(last["counted_on"], 9), **last}, {"_at": world.at(world.today, 9), **this}])
    lines: list[dict[str, Any]] = []
    for stocktake, last_day, counted_share in ((before, last["counted_on"], 1.0), (now, world.today, 0.35)):
        for id, row in cards:
            if row["acquired_on"] > last_day:
                continue
            counted = random.random() < counted_share
            line = {"stocktake": stocktake, "asset": id, "name": row["name"], "place": row["place"], "keeper": row["keeper"],
            "expected": row["quantity"],
                    "condition": random.choices(("good", "worn", "broken"), (88, 10, 2))[0] if counted else "good",
                    "counted": row["quantity"] if counted else None, "result": "match" if counted else "open"}  # fmt: skip
            if counted and random.random() < 0.012:
                line |= {"counted": 0, "result": "missing", "explanation": "现场未找到，保管人称已移交，正在核实。"}
            lines.append(line)
    world.load("stocktake_line", lines)


def _disposals(world: World, scrap: list[tuple[int, dict[str, Any]]], gone: dict[date, list[tuple[int, dict[str, Any]]]]) -> None:
    """Half-yearly clearances of what was worn out, and one that has been applied for."""
    for day, cards in sorted(gone.items()):
        _disposal(world, day - timedelta(days=30), cards, {
            "reason": "超过使用年限且无法修复，集中报废", "decided_on": day - timedelta(days=12), "state": "executed",
            "approved_by": world.ids["staff"]["GL-01/0"], "executed_on": day, "proceeds": Decimal(20 * len(cards)),
            "minutes": _minutes(world, day - timedelta(days=12), len(cards)),
        })  # fmt: skip
    if scrap:
        _disposal(world, world.today - timedelta(days=6), scrap, {"reason": "超过使用年限，维修成本高于残值", "state": "draft"})


def _disposal(world: World, day: date, cards: list[tuple[int, dict[str, Any]]], more: dict[str, Any]) -> None:
    applicant = world.ids["staff"]["SS-02/0"]
    row = {"_at": world.office_moment(day), "kind": "scrap", "applied_on": day, "applicant": applicant, **more}
    (disposal,) = world.load("disposal", [row])
    world.load("disposal_line", [
        {"disposal": disposal, "asset": id, "quantity": row["quantity"], "original_value": row["original_value"], "net": Decimal(0),
         "lottery": row["plate"]}
        for id, row in cards
    ])  # fmt: skip


def _minutes(world: World, day: date, cards: int) -> int:
    """The minutes of the meeting that decided it."""
    text = f"中心办公会会议纪要\n\n时间：{day:%Y年%m月%d日}\n议题：固定资产集中报废\n\n会议研究，同意报废到期且无法修复的固定资产共{cards}项，残值收入上缴财政。\n"
    return store(world.db, world.actor, f"会议纪要{day:%Y%m%d}.txt", text.encode())
