"""Reference data that every centre starts with: sources of funds, asset classes, the calendar of working days."""

from decimal import Decimal
from typing import Any

from seed.world import World
from services import workdays

SOURCES: tuple[tuple[str, str, str, bool, str, str, str, bool], ...] = (
    ("CZ-01", "财政基本支出（人员）", "fiscal_basic", False, "", "东湖区财政局", "东财预〔2026〕8号", False),
    ("CZ-02", "财政基本支出（公用）", "fiscal_basic", False, "", "东湖区财政局", "东财预〔2026〕8号", False),
    ("CZ-03", "财政项目支出（养老助餐民生）", "fiscal_project", True, "社区养老、助餐和民生服务项目。", "东湖区民政局", "东民函〔2026〕15号", False),
    ("DZ-01", "党组织服务群众专项经费", "party_service", True, "党组织联系服务群众项目，每社区20万元。", "东湖街道党工委", "东街工委〔2026〕3号", True),
    ("FC-01", "福利彩票公益金", "lottery", True, "老年人活动设施和助残设备。", "东湖区民政局", "东民福〔2026〕6号", True),
    ("GM-01", "政府购买服务收入", "government_purchase", True, "居家养老上门服务合同约定用途。", "东湖区民政局", "东民购〔2026〕2号", False),
    ("JZ-01", "社会捐赠", "donation", True, "按捐赠协议约定用途使用。", "社会各界", "", True),
    ("SR-01", "服务收入", "own_income", False, "", "本中心", "", False),
    ("JY-01", "上年结转结余", "carry_over", False, "", "东湖区财政局", "东财预〔2026〕8号", True),
)  # fmt: skip
CLASSES: tuple[tuple[str, str, str, int | None, int], ...] = (
    ("A01010000", "房屋", "building", 600, 1000),
    ("A01020000", "构筑物", "building", 96, 1000),
    ("A02010105", "台式计算机", "equipment", 72, 1000),
    ("A02010108", "便携式计算机", "equipment", 72, 1000),
    ("A02010200", "网络设备", "equipment", 96, 1000),
    ("A02020100", "打印及复印设备", "equipment", 72, 1000),
    ("A02020200", "投影设备", "equipment", 96, 1000),
    ("A02020400", "多媒体及显示设备", "equipment", 72, 1000),
    ("A02051228", "电梯", "equipment", 120, 1000),
    ("A02061804", "空调机", "equipment", 60, 1000),
    ("A02061900", "厨房电器", "equipment", 60, 1000),
    ("A02091000", "监控设备", "equipment", 60, 1000),
    ("A02320000", "医疗及康复设备", "equipment", 60, 1000),
    ("A02370000", "消防设备", "equipment", 60, 1000),
    ("A02450000", "健身器材", "equipment", 60, 1000),
    ("A04010000", "图书", "books", None, 1000),
    ("A05010200", "桌椅", "furniture", 180, 1000),
    ("A05010500", "柜架", "furniture", 180, 1000),
    ("A08020000", "软件", "intangible", 60, 1000),
)  # fmt: skip
"""Code, name, group, shortest life in months, threshold [K GB/T 14885, R-DEP, R-DEP2]."""


def make(world: World) -> None:
    """Everything of this module."""
    world.load("calendar_day", list(workdays.announced_days()))
    rows: list[dict[str, Any]] = [
        {"code": code, "name": name, "kind": kind, "restricted": restricted, "purpose": purpose or None, "issuer": issuer, "doc_no": document or None,
         "carry_over": carry_over, "active": True}
        for code, name, kind, restricted, purpose, issuer, document, carry_over in SOURCES
    ]  # fmt: skip
    world.load("fund_source", rows, [row["code"] for row in rows])
    classes: list[dict[str, Any]] = [
        {"code": code, "name": name, "group": group, "life_months": life, "threshold": Decimal(threshold)}
        for code, name, group, life, threshold in CLASSES
    ]
    world.load("asset_class", classes, [row["code"] for row in classes])
