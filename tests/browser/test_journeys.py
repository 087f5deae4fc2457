"""A piece of each role's work in the centre, from the start page or an address to what comes of it, in a browser."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from services import opening
from services.centres import all_ids
from services.platform.db import engine, reading
from services.platform.i18n import LOCAL
from services.platform.settings import override
from tests.browser.conftest import PASSWORD, Visit
from tests.browser.counter import Counter, into

Sit = Callable[..., Counter]


@pytest.fixture
def sit(visit: Visit) -> Sit:
    """Sit down at the counter: `sit("/asset", "facility")`."""

    def sit_down(address: str, role: str, phone: bool = False) -> Counter:
        return Counter(visit(address, role, phone=phone))

    return sit_down


@pytest.fixture(scope="module")
def morning(demo_database: Path) -> datetime:
    """Nine o'clock of a coming day on which the centre is open, later than all that the demo has booked."""
    with override(data_dir=demo_database, database_url=""), reading() as db:
        centre = all_ids(db)[0]
        nine = datetime.now(LOCAL).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=30)
        days = (nine + timedelta(days=one) for one in range(60))
        found = next(day for day in days if opening.is_open(db, centre, None, day, day + timedelta(hours=2)) is None)
        engine().dispose()
    return found


# The facility keeper's day


def test_facility_a_failed_inspection_closes_the_place_to_bookings(sit: Sit, morning: datetime) -> None:
    keeper = sit("/inspection_record?new=1", "facility")
    keeper.pick("检验维保计划", "建筑消防设施年度检测")
    keeper.choose("不合格")
    keeper.fill("检查发现", "喷淋泵不能启动")
    keeper.save()
    keeper.tab("由此产生的报修")
    keeper.reads("检验不合格：建筑消防设施年度检测")
    keeper.open("/booking?new=1")
    keeper.fill("用途", "消防演练说明会")
    keeper.pick("场所", "多功能厅")
    keeper.date("开始时间", morning)
    keeper.date("结束时间", morning + timedelta(hours=1))
    keeper.fill("预计人数", "20")
    keeper.press("保存")
    keeper.reads("合格前不得使用")
    keeper.open("/inspection_record?new=1")
    keeper.pick("检验维保计划", "建筑消防设施年度检测")
    keeper.fill("证书编号", "XF-0001")
    keeper.save("仍要保存")
    # What was typed for the booking has waited, and now it is taken.
    keeper.open("/booking?new=1")
    expect(keeper.main.get_by_role("textbox", name="用途")).to_have_value("消防演练说明会")
    keeper.save()
    keeper.move("确认", "已确认")


def test_facility_an_asset_from_its_card_to_the_count(sit: Sit) -> None:
    keeper = sit("/asset", "facility")
    keeper.press("新建")
    keeper.fill("资产名称", "便携扩音器")
    keeper.pick("资产分类", "多媒体")
    keeper.pick("存放地点", "心理咨询室")
    keeper.pick("保管人", "梁静")
    keeper.press("保存")
    keeper.reads("尚未保存")
    keeper.tab("价值")
    keeper.fill("原值", "1,234.56")
    keeper.pick("资金来源", "财政")
    card = keeper.save()
    keeper.reads("¥1,234.56")
    keeper.tab("资产变动")
    keeper.press("添加资产变动")
    keeper.choose("调拨")
    keeper.pick("调入地点", "矛盾调解室")
    keeper.pick("新保管人", "田海燕")
    keeper.save()
    keeper.open(f"/asset?id={card}")
    keeper.reads("矛盾调解室", "田海燕")
    keeper.open("/stocktake?new=1")
    keeper.fill("盘点名称", "调解室抽盘")
    keeper.pick("场所", "矛盾调解室")
    keeper.save()
    keeper.move("开始盘点", "盘点中")
    keeper.tab("盘点明细")
    keeper.reads("便携扩音器", "未盘")


# One repair, three people


def test_clerk_facility_head_a_repair_from_report_to_acceptance(sit: Sit) -> None:
    clerk = sit("/work_order?new=1", "clerk")
    clerk.fill("故障", "心理咨询室空调漏水")
    clerk.pick("场所", "心理咨询室")
    clerk.choose("P2 紧急")
    repair = clerk.save()
    clerk.reads("待派", "P2 紧急")
    keeper = sit(f"/work_order?id={repair}", "facility")
    keeper.press("派单")
    keeper.pick("维修人", "冯淑珍")
    keeper.press("派单")
    keeper.reads("已派")
    keeper.move("开始处理", "处理中")
    keeper.press("修复完成")
    keeper.page.get_by_role("dialog").get_by_role("button", name="修复完成", exact=True).click()
    keeper.reads("请填写此项")
    keeper.select("故障原因", "老化磨损")
    keeper.fill("维修情况", "疏通排水管")
    keeper.press("修复完成")
    keeper.reads("待验收")
    assert not keeper.offers("验收通过"), "not by who repaired it"
    head = sit(f"/work_order?id={repair}", "head")
    head.move("验收通过", "已完成")
    head.tab("历史")
    head.reads("验收通过", "修复完成", "派单")


# Bookings


def test_publicity_two_people_want_the_same_room(sit: Sit, morning: datetime) -> None:
    def ask(who: Counter, purpose: str, begins: datetime) -> None:
        who.fill("用途", purpose)
        who.pick("场所", "图书阅览室")
        who.date("开始时间", begins)
        who.date("结束时间", begins + timedelta(hours=1))
        who.fill("预计人数", "20")

    first, second = sit("/booking?new=1", "publicity"), sit("/booking?new=1", "clerk")
    ask(first, "亲子阅读", morning)
    ask(second, "读书会", morning + timedelta(minutes=30))
    first.save()
    second.press("保存")
    second.reads("已被占用")
    second.date("开始时间", morning + timedelta(hours=1))
    second.date("结束时间", morning + timedelta(hours=2))
    second.save()
    assert not first.open(f"/booking?id={first.id}").offers("确认"), "the keeper confirms"


# Supplies


def test_cashier_deputy_facility_supplies_asked_for_approved_and_handed_out(sit: Sit) -> None:
    asks = sit("/resource_request?new=1", "cashier")
    asks.fill("用途", "财务室办公")
    asks.pick("添加物资", "档案盒")
    into(asks.page, 0.12, 0, "2")
    request = asks.save()
    asks.move("提交", "待审批")
    deputy = sit("/", "deputy")
    deputy.reads("待我处理")
    deputy.open(f"/resource_request?id={request}").move("批准", "待发放")
    keeper = sit(f"/resource_request?id={request}", "facility")
    keeper.move("发放", "已发放")
    keeper.tab("出入库流水")
    keeper.reads("档案盒", "-2.00")
    asks.open(f"/resource_request?id={request}").reads("已发放")


# Those who decide, those who look


def test_director_a_closure_is_announced_and_the_room_can_not_be_booked(sit: Sit, morning: datetime) -> None:
    director = sit("/closure_notice?new=1", "director")
    day = morning + timedelta(days=7)
    director.pick("场所", "儿童之家")
    director.date("开始", day)
    director.date("结束", day + timedelta(hours=2))
    director.fill("关闭原因", "更换地垫")
    director.save()
    director.move("发布", "已发布")
    director.open("/booking?new=1")
    director.fill("用途", "四点半课堂")
    director.pick("场所", "儿童之家")
    director.date("开始时间", day + timedelta(minutes=30))
    director.date("结束时间", day + timedelta(hours=1))
    director.fill("预计人数", "10")
    director.press("保存")
    director.reads("更换地垫")


def test_hr_the_tree_of_departments_bears_no_loop(sit: Sit) -> None:
    hr = sit("/department?new=1", "hr")
    hr.fill("科室代码", "FW-1")
    hr.fill("名称", "窗口组")
    hr.choose("操作层")
    hr.pick("上级科室", "服务部")
    hr.fill("职责", "窗口受理")
    hr.save()
    hr.open("/department")
    hr.page.get_by_role("rowheader", name="服务部", exact=True).click()
    hr.settle()
    hr.press("编辑")
    hr.pick("上级科室", "窗口组")
    hr.press("保存")
    hr.reads("尚未保存")


def test_accountant_values_can_be_read_and_classes_kept_but_no_card_made(sit: Sit) -> None:
    accountant = sit("/asset", "accountant")
    assert not accountant.offers("新建")
    accountant.open("/depreciation").reads("折旧")
    accountant.open("/asset_class?new=1")
    accountant.fill("分类名称", "应急电源")
    accountant.press("保存")
    accountant.reads("尚未保存", "请填写此项")


def test_supervisor_sees_what_is_overdue_and_changes_nothing(sit: Sit) -> None:
    supervisor = sit("/", "supervisor")
    supervisor.reads("已逾期", "健身器材安全检测")
    supervisor.page.get_by_role("link", name="健身器材安全检测").click()
    supervisor.settle()
    supervisor.reads("已超期", "《全民健身条例》")
    assert not supervisor.offers("编辑")


def test_auditor_reads_everything_and_is_offered_no_writing(sit: Sit) -> None:
    auditor = sit("/disposal", "auditor")
    for address in ("/disposal", "/work_order", "/booking", "/resource_request", "/account"):
        auditor.open(address)
        auditor.reads("第 1–")
        assert not auditor.offers("新建"), address
    auditor.open("/booking?new=1")
    expect(auditor.page.get_by_role("textbox", name="用途")).to_have_count(0)


def test_archivist_reports_a_fault_on_a_phone(sit: Sit) -> None:
    archivist = sit("/work_order?new=1", "archivist", phone=True)
    typed = "档案柜锁损坏 <script>alert(1)</script> :red[x] :material/home: https://example.com **x**"
    archivist.fill("故障", typed)
    archivist.pick("场所", "办公区")
    archivist.save()
    archivist.reads(typed)
    expect(archivist.page.get_by_test_id("stHeading").locator("a, [data-testid=stIconMaterial], strong")).to_have_count(0)
    assert not archivist.offers("派单")


def test_admin_switches_an_account_off_and_on(sit: Sit, visit: Visit) -> None:
    admin = sit("/account?f.active=1", "admin")
    admin.page.get_by_role("row").filter(has_text="cashier").get_by_role("rowheader").click()
    admin.settle()
    admin.press("编辑")
    admin.choose("允许登录")
    admin.save()
    page = visit("/")
    page.locator("input[autocomplete=username]").fill("cashier")
    page.locator("input[autocomplete=current-password]").fill(PASSWORD)
    page.locator("input[autocomplete=current-password]").press("Enter")
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    expect(page.locator(".st-key-bar")).to_have_count(0)
    admin.press("编辑")
    admin.choose("允许登录")
    admin.save()
    page.locator("input[autocomplete=current-password]").press("Enter")
    page.wait_for_selector(".st-key-bar")
