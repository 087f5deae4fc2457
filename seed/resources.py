"""6.1 Supplies of the demo centre: items, lots, a year of movements whose sums are what is on hand, and requests."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from seed.world import World

ITEMS: tuple[tuple[str, str, str, str, str, int, int, int, bool, bool], ...] = (
    ("BG-A4-70", "A4复印纸", "70克 500张/包", "office", "包", 22, 30, 200, False, False),
    ("BG-ZXB", "中性笔", "0.5mm 黑色", "office", "支", 2, 50, 400, False, False),
    ("BG-WJJ", "文件夹", "A4 双强力夹", "office", "个", 8, 20, 120, False, False),
    ("BG-DAH", "档案盒", "A4 5.5cm", "office", "个", 9, 40, 300, False, False),
    ("BG-XG", "硒鼓", "适配窗口打印机", "office", "个", 185, 4, 20, False, False),
    ("BG-YDB", "印泥", "快干型", "office", "盒", 12, 5, 30, False, False),
    ("QJ-XSY", "洗手液", "500ml", "cleaning", "瓶", 14, 20, 120, False, False),
    ("QJ-LJD", "垃圾袋", "60×80cm 50只/卷", "cleaning", "卷", 11, 30, 200, False, False),
    ("QJ-84", "84消毒液", "5L", "cleaning", "桶", 26, 10, 60, True, False),
    ("QJ-CZ", "抽纸", "3层 100抽", "cleaning", "包", 3, 60, 500, False, False),
    ("SP-DM", "大米", "10kg", "food", "袋", 62, 15, 80, True, False),
    ("SP-SYY", "食用油", "5L", "food", "桶", 75, 10, 50, True, False),
    ("SP-MTJ", "面粉", "5kg", "food", "袋", 24, 10, 60, True, False),
    ("SP-NN", "纯牛奶", "250ml×16", "food", "箱", 48, 12, 60, True, False),
    ("YP-CKT", "创可贴", "100片", "medicine", "盒", 15, 5, 30, True, False),
    ("YP-DF", "碘伏消毒液", "100ml", "medicine", "瓶", 6, 10, 60, True, False),
    ("YP-XYJ", "电子血压计", "上臂式", "medicine", "台", 230, 3, 12, False, True),
    ("YP-YLKZ", "医用口罩", "50只/盒", "medicine", "盒", 12, 40, 400, True, False),
    ("YJ-SDT", "应急手电筒", "充电式", "emergency", "支", 45, 20, 60, False, True),
    ("YJ-JSY", "救生衣", "成人", "emergency", "件", 68, 10, 40, False, True),
    ("YJ-SD", "防汛沙袋", "25kg", "emergency", "条", 5, 200, 1200, False, False),
    ("YJ-PYS", "应急饮用水", "550ml×24", "emergency", "箱", 28, 20, 100, True, False),
    ("YJ-FDJY", "防毒面具", "过滤式自救呼吸器", "emergency", "具", 58, 20, 60, True, False),
    ("HD-ZP", "折叠帐篷", "3×3m", "activity", "顶", 320, 4, 16, False, True),
    ("HD-ZDZ", "折叠桌", "1.2m", "activity", "张", 138, 10, 40, False, True),
    ("HD-XCB", "宣传横幅", "定制", "activity", "条", 35, 5, 40, False, False),
    ("HD-JNP", "活动纪念品", "帆布袋", "activity", "个", 9, 50, 600, False, False),
    ("HD-CP", "彩色卡纸", "A4 100张", "activity", "包", 16, 10, 60, False, False),
    ("YL-HLD", "成人护理垫", "60×90cm 10片", "care", "包", 19, 20, 120, True, False),
    ("YL-ST", "手杖", "四脚防滑", "care", "根", 55, 5, 24, False, True),
    ("YL-LY", "轮椅", "可折叠", "care", "辆", 680, 3, 10, False, True),
    ("YL-FHS", "防滑垫", "40×60cm", "care", "块", 18, 15, 80, False, False),
)  # fmt: skip
"""Item no., name, specification, category, unit, price, minimum, maximum, kept by lot, comes back."""
PURPOSES = (
    "窗口日常办公",
    "重阳节敬老活动",
    "四点半课堂手工课",
    "助餐点日常消耗",
    "入户探访慰问",
    "防汛值守",
    "志愿者服务日",
    "消防演练",
    "社区开放日",
    "养老服务站补给",
)


def make(world: World) -> None:
    """Items, lots and movements first in memory, so that what is on hand is their sum; then requests."""
    shelves = _Shelves(world)
    for _round in range(world.scale):
        shelves.year()
    shelves.write()
    _requests(world)


class _Shelves:
    """A year in the store: what comes in, goes out and is left, item by item and lot by lot."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.on_hand: dict[str, Decimal] = defaultdict(Decimal)
        self.lots: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.moves: list[dict[str, Any]] = []

    def year(self) -> None:
        """Receipts every month or two, issues every working day or so."""
        random, today = self.world.random, self.world.today
        staff = [id for key, id in self.world.ids["staff"].items()]
        for sku, _name, _spec, _category, _unit, price, low, high, by_lot, returns in ITEMS:
            day = today - timedelta(days=360)
            while day <= today:
                if self.on_hand[sku] < low * random.uniform(0.8, 1.4) and day < today - timedelta(days=25):
                    self._receive(sku, Decimal(random.randrange(high // 3, high // 2 + 2)), Decimal(price), day, by_lot)
                wanted = Decimal(max(1, round(random.expovariate(1 / max(1, low * 0.16)))))
                self._issue(sku, min(wanted, self.on_hand[sku]), day, random.choice(staff), by_lot, returns)
                day += timedelta(days=random.randrange(4, 19))

    def _receive(self, sku: str, quantity: Decimal, price: Decimal, day: date, by_lot: bool) -> None:
        random = self.world.random
        lot = None
        if by_lot:
            life = random.choice((180, 365, 540, 730))
            lot = {"sku": sku, "lot_no": f"{day:%Y%m%d}{len(self.lots[sku]) + 1:02}", "made_on": day - timedelta(days=random.randrange(5, 40)),
                   "expires_on": day + timedelta(days=life), "on_hand": quantity}  # fmt: skip
            self.lots[sku].append(lot)
        self.on_hand[sku] += quantity
        self._move(
            sku,
            "receipt",
            quantity,
            day,
            lot,
            price=price,
            supplier=random.choice(("惠民超市", "同创办公", "安康医药", "街道统一配发", "爱心企业捐赠")),
        )

    def _issue(self, sku: str, quantity: Decimal, day: date, receiver: int, by_lot: bool, returns: bool) -> None:
        if quantity <= 0:
            return
        if not by_lot:
            self.on_hand[sku] -= quantity
            self._move(sku, "issue", quantity, day, None, receiver=receiver)
            if returns and self.world.random.random() < 0.85 and day < self.world.today - timedelta(days=20):
                back = day + timedelta(days=self.world.random.randrange(1, 9))
                self.on_hand[sku] += quantity
                self._move(sku, "return", quantity, back, None, receiver=receiver)
            return
        for lot in sorted((lot for lot in self.lots[sku] if lot["on_hand"] > 0), key=lambda lot: lot["expires_on"]):
            if quantity <= 0:
                break
            taken = min(quantity, lot["on_hand"])
            kind = "issue" if lot["expires_on"] >= day else "scrap"
            lot["on_hand"] -= taken
            self.on_hand[sku] -= taken
            self._move(sku, kind, taken, day, lot, receiver=receiver if kind == "issue" else None,
                       approved=self.world.ids["staff"]["SS-01/0"] if kind == "scrap" else None, reason="已过期，按规定报损" if kind == "scrap" else None)  # fmt: skip
            quantity -= taken if kind == "issue" else Decimal(0)

    def _move(self, sku: str, kind: str, quantity: Decimal, day: date, lot: dict[str, Any] | None, **more: Any) -> None:
        self.moves.append({"sku": sku, "kind": kind, "quantity": quantity, "day": day, "lot": lot, **more})

    def write(self) -> None:
        """Items with what is left, lots, and the movements in the order of their days."""
        world = self.world
        place, keeper = world.ids["place"]["B1-01"], world.ids["staff"]["SS-03/0"]
        prices = {sku: Decimal(price) for sku, _n, _s, _c, _u, price, *_rest in ITEMS}
        world.load("supply_item", [
            {"sku": sku, "name": name, "spec": spec, "category": category, "unit": unit, "unit_price": Decimal(price), "minimum": Decimal(low),
             "maximum": Decimal(high), "tracks_expiry": by_lot, "returnable": returns, "place": place, "keeper": keeper, "on_hand": self.on_hand[sku],
             "active": True}
            for sku, name, spec, category, unit, price, low, high, by_lot, returns in ITEMS
        ], [item[0] for item in ITEMS])  # fmt: skip
        lots = [lot for of_item in self.lots.values() for lot in of_item]
        ids = world.load("stock_lot", [
            {"item": world.ids["supply_item"][lot["sku"]], "place": place, **{name: lot[name] for name in ("lot_no", "made_on", "expires_on", "on_hand")}}
            for lot in lots
        ])  # fmt: skip
        lot_ids = {id(lot): one for lot, one in zip(lots, ids, strict=True)}
        departments = self._departments()
        self.moves.sort(key=lambda move: move["day"])
        rows = [
            {"_at": world.office_moment(move["day"]), "kind": move["kind"], "item": world.ids["supply_item"][move["sku"]],
             "lot": lot_ids[id(move["lot"])] if move["lot"] else None, "quantity": move["quantity"], "unit_price": move.get("price", prices[move["sku"]]),
             "moved_on": move["day"], "receiver": move.get("receiver"), "department": departments.get(move.get("receiver")),
             "supplier": move.get("supplier"), "approved_by": move.get("approved"), "reason": move.get("reason")}
            for move in self.moves
        ]  # fmt: skip
        for start in range(0, len(rows), 5_000):
            world.load("stock_move", rows[start : start + 5_000])

    def _departments(self) -> dict[Any, int]:
        staff = self.world.ids["staff"]
        return {id: self.world.ids["department"][key.split("-")[0]] for key, id in staff.items()}


def _requests(world: World) -> None:
    random = world.random
    staff = [(key, id) for key, id in world.ids["staff"].items() if not key.startswith(("GL", "SS"))]
    rows, lines = [], []
    for number in range(70 * world.scale):
        day = world.today - timedelta(
            days=round((70 * world.scale - number) * 2.6) if number < 62 * world.scale else random.randrange(0, 6)
        )
        key, applicant = random.choice(staff)
        department = key.split("-")[0]
        recent = number >= 62 * world.scale
        state = random.choice(("draft", "submitted", "submitted", "approved", "approved")) if recent else random.choices(
            ("issued", "returned", "refused", "cancelled"), (84, 8, 4, 4))[0]  # fmt: skip
        sent = world.office_moment(day)
        decided = state in ("approved", "issued", "returned", "refused")
        out = state in ("issued", "returned")
        rows.append({
            "_at": sent, "state": state, "applicant": applicant, "department": world.ids["department"][department], "purpose": random.choice(PURPOSES),
            "needed_on": day + timedelta(days=random.randrange(1, 8)), "submitted_at": sent if state != "draft" else None,
            "approver": _approver(world, department, applicant) if decided else None,
            "issuer": world.ids["staff"]["SS-03/0"] if out else None, "issued_at": sent + timedelta(hours=random.randrange(20, 50)) if out else None,
        })  # fmt: skip
        lines.append(random.sample(ITEMS, random.randrange(1, 5)))
    ids = world.load("resource_request", rows)
    world.load("resource_request_line", [
        {"request": request, "item": world.ids["supply_item"][item[0]], "quantity": Decimal(random.randrange(1, max(2, item[6] // 3)))}
        for request, items in zip(ids, lines, strict=True) for item in items
    ])  # fmt: skip


def _approver(world: World, department: str, applicant: int) -> int:
    head: int = world.ids["staff"][f"{department}-01/0"]
    deputy: int = world.ids["staff"]["GL-02/0"]
    return deputy if head == applicant else head
