"""6.1 Supplies of the demo centre: items, lots, a year of movements whose sums are what is on hand, and requests."""

from bisect import insort
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from heapq import merge
from random import Random
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
    """Items and lots with what is left of them, the movements that led there, requests."""
    staff = list(world.ids["staff"].values())
    shelves = [_Shelf(world, staff, *item) for item in ITEMS]
    for shelf in shelves:
        for _move in shelf.moves():
            pass
    _write(world, shelves)
    _requests(world)


class _Shelf:
    """One item in the store from the first day to the last: what comes in, goes out and is left, lot by lot.

    Its moves are made twice, the same each time: first to know what is left, then to be written.
    """

    def __init__(
        self, world: World, staff: list[int], sku: str, name: str, spec: str, category: str, unit: str, price: int, low: int, high: int,
        by_lot: bool, returns: bool,
    ) -> None:  # fmt: skip
        self.world, self.staff, self.sku = world, staff, sku
        self.price, self.low, self.high, self.by_lot, self.returns = Decimal(price), low, high, by_lot, returns
        self.card = {
            "sku": sku, "name": name, "spec": spec, "category": category, "unit": unit, "unit_price": self.price, "minimum": Decimal(low),
            "maximum": Decimal(high), "tracks_expiry": by_lot, "returnable": returns, "active": True,
        }  # fmt: skip
        self.lots: list[dict[str, Any]] = []
        self.on_hand = Decimal(0)

    def moves(self) -> Iterator[dict[str, Any]]:
        """In the order of their days: receipts every month or two, issues every working day or so, what is borrowed comes back."""
        self.random = Random(f"{self.world.scale} {self.sku}")
        self.lots, self.open, self.lent = [], list[dict[str, Any]](), list[dict[str, Any]]()
        self.on_hand = Decimal(0)
        today, random = self.world.today, self.random
        back, busier = float(self.world.days(360)), self.world.busier(360)
        while back >= 0:
            day = today - timedelta(days=int(back))
            yield from self._returned(day)
            if self.on_hand < self.low * random.uniform(0.8, 1.4) and back > 25 / busier:
                yield self._receive(Decimal(random.randrange(self.high // 3, self.high // 2 + 2)), day)
            wanted = Decimal(max(1, round(random.expovariate(1 / max(1, self.low * 0.16)))))
            yield from self._issue(min(wanted, self.on_hand), day)
            back -= random.randrange(4, 19) / busier
        yield from self._returned(today)

    def _receive(self, quantity: Decimal, day: date) -> dict[str, Any]:
        random = self.random
        lot = None
        if self.by_lot:
            life = random.choice((180, 365, 540, 730))
            lot = {"lot_no": f"{day:%Y%m%d}{len(self.lots) + 1:02}", "made_on": day - timedelta(days=random.randrange(5, 40)),
                   "expires_on": day + timedelta(days=life), "on_hand": quantity, "place_in_row": len(self.lots)}  # fmt: skip
            self.lots.append(lot)
            insort(self.open, lot, key=lambda one: one["expires_on"])
        self.on_hand += quantity
        supplier = random.choice(("惠民超市", "同创办公", "安康医药", "街道统一配发", "爱心企业捐赠"))
        return self._move("receipt", quantity, day, lot, supplier=supplier)

    def _issue(self, quantity: Decimal, day: date) -> Iterator[dict[str, Any]]:
        receiver = self.random.choice(self.staff)
        if quantity > 0 and not self.by_lot:
            self.on_hand -= quantity
            yield self._move("issue", quantity, day, receiver=receiver)
            if self.returns and self.random.random() < 0.85 and day < self.world.today - timedelta(days=20):
                back = day + timedelta(days=self.random.randrange(1, 9))
                insort(self.lent, self._move("return", quantity, back, receiver=receiver), key=lambda one: one["moved_on"])
            return
        while quantity > 0 and self.open:
            lot = self.open[0]
            taken = min(quantity, lot["on_hand"])
            lot["on_hand"] -= taken
            self.on_hand -= taken
            if not lot["on_hand"]:
                self.open.pop(0)
            if lot["expires_on"] >= day:
                quantity -= taken
                yield self._move("issue", taken, day, lot, receiver=receiver)
            else:
                yield self._move("scrap", taken, day, lot, approved_by=self.world.ids["staff"]["SS-01/0"], reason="已过期，按规定报损")

    def _returned(self, day: date) -> Iterator[dict[str, Any]]:
        while self.lent and self.lent[0]["moved_on"] <= day:
            move = self.lent.pop(0)
            self.on_hand += move["quantity"]
            yield move

    def _move(self, kind: str, quantity: Decimal, day: date, lot: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        return {"sku": self.sku, "kind": kind, "quantity": quantity, "unit_price": self.price, "moved_on": day,
                "lot": lot["place_in_row"] if lot else None, **more}  # fmt: skip


def _write(world: World, shelves: list[_Shelf]) -> None:
    """Items with what is left, lots, and the movements in the order of their days."""
    kept = {"place": world.ids["place"]["B1-01"]}
    keeper = world.ids["staff"]["SS-03/0"]
    world.load("supply_item", [{**shelf.card, **kept, "keeper": keeper, "on_hand": shelf.on_hand} for shelf in shelves],
               [shelf.sku for shelf in shelves])  # fmt: skip
    items = world.ids["supply_item"]
    lots = [(shelf.sku, lot) for shelf in shelves for lot in shelf.lots]
    names = ("lot_no", "made_on", "expires_on", "on_hand")
    rows = ({"item": items[sku], **kept, **{name: lot[name] for name in names}} for sku, lot in lots)
    world.load("stock_lot", rows, [(sku, lot["place_in_row"]) for sku, lot in lots])
    lot_ids = world.ids["stock_lot"]
    departments: dict[Any, int] = {id: world.ids["department"][key.split("-")[0]] for key, id in world.ids["staff"].items()}

    def written(move: dict[str, Any]) -> dict[str, Any]:
        lot, receiver = move["lot"], move.get("receiver")
        return {**move, "_at": world.office_moment(move["moved_on"]), "item": items[move["sku"]], "department": departments.get(receiver),
                "lot": None if lot is None else lot_ids[move["sku"], lot]}  # fmt: skip

    every = merge(*(shelf.moves() for shelf in shelves), key=lambda move: move["moved_on"])
    world.load("stock_move", map(written, every))


def _requests(world: World) -> None:
    lines: list[Any] = []

    def rows() -> Iterator[dict[str, Any]]:
        for row, asked in _asked(world):
            lines.append(asked)
            yield row

    ids = world.load("resource_request", rows())
    random, items = world.random, world.ids["supply_item"]
    world.load("resource_request_line", (
        {"request": request, "item": items[sku], "quantity": Decimal(random.randrange(1, max(2, low // 3)))}
        for request, asked in zip(ids, lines, strict=True) for sku, low in asked
    ))  # fmt: skip


def _asked(world: World) -> Iterator[tuple[dict[str, Any], list[tuple[str, int]]]]:
    """Requests of half a year, the last few still open; and what each asks for."""
    random = world.random
    staff = [(key, id) for key, id in world.ids["staff"].items() if not key.startswith(("GL", "SS"))]
    goods = [(item[0], item[6]) for item in ITEMS]
    count = 70 * world.scale
    step = world.days(182) / count
    for left in range(count, 0, -1):
        recent = left <= 8 * min(world.scale, 10)
        day = world.today - timedelta(days=random.randrange(0, 6) if recent else round(left * step))
        key, applicant = random.choice(staff)
        department = key.split("-")[0]
        state = random.choice(("draft", "submitted", "submitted", "approved", "approved")) if recent else random.choices(
            ("issued", "returned", "refused", "cancelled"), (84, 8, 4, 4))[0]  # fmt: skip
        sent = world.office_moment(day)
        decided = state in ("approved", "issued", "returned", "refused")
        out = state in ("issued", "returned")
        yield {
            "_at": sent, "state": state, "applicant": applicant, "department": world.ids["department"][department], "purpose": random.choice(PURPOSES),
            "needed_on": day + timedelta(days=random.randrange(1, 8)), "submitted_at": sent if state != "draft" else None,
            "approver": _approver(world, department, applicant) if decided else None,
            "issuer": world.ids["staff"]["SS-03/0"] if out else None, "issued_at": sent + timedelta(hours=random.randrange(20, 50)) if out else None,
        }, random.sample(goods, random.randrange(1, 5))  # fmt: skip


def _approver(world: World, department: str, applicant: int) -> int:
    head: int = world.ids["staff"][f"{department}-01/0"]
    deputy: int = world.ids["staff"]["GL-02/0"]
    return deputy if head == applicant else head
