"""1.2 and 4.1 The demo centre, its departments, posts, grids and people, and an account for each role."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.types import Place
from seed.world import OPENED, World
from services.crud import write
from services.crud.registry import table

NAME = "东湖街道社区服务中心"
DEPARTMENTS: tuple[tuple[str, str, str, int, str], ...] = (
    ("GL", "中心领导", "management", 3, "负责中心战略规划、制度制定和重大事项决策。"),
    ("ZH", "综合办公室", "execution", 5, "文秘、会务、印章、档案和后勤协调。"),
    ("FW", "服务部", "execution", 12, "窗口受理、服务流程管理、入户服务和服务回访。"),
    ("CW", "财务部", "execution", 3, "预算编制与控制、报销审核、资金支付和资产账务。"),
    ("RL", "人力资源部", "execution", 2, "人员招聘、培训、考核与人事档案。"),
    ("XC", "宣传部", "execution", 3, "信息发布、公众号运营和政务公开。"),
    ("SS", "设施保障部", "execution", 4, "场所、设备、物资的管理和维修保养。"),
    ("JD", "监督质控部", "execution", 3, "服务监督、质量评估和投诉督办。"),
    ("ZY", "志愿与合作部", "execution", 5, "志愿者、社会组织合作和捐赠管理。"),
)
POSTS: tuple[tuple[str, str, str, str, int, str], ...] = (
    ("GL-01", "GL", "中心主任", "management", 1, "none"),
    ("GL-02", "GL", "副主任", "management", 2, "none"),
    ("ZH-01", "ZH", "综合办公室主任", "execution", 1, "none"),
    ("ZH-02", "ZH", "文秘", "operation", 2, "none"),
    ("ZH-03", "ZH", "档案管理员", "operation", 2, "none"),
    ("FW-01", "FW", "服务部部长", "execution", 1, "social_worker"),
    ("FW-02", "FW", "综合窗口服务专员", "operation", 5, "assistant_social_worker"),
    ("FW-03", "FW", "入户服务专员", "operation", 6, "assistant_social_worker"),
    ("CW-01", "CW", "财务部部长兼会计", "execution", 1, "accountant"),
    ("CW-02", "CW", "出纳", "operation", 2, "accountant"),
    ("RL-01", "RL", "人力资源部部长", "execution", 1, "none"),
    ("RL-02", "RL", "人事专员", "operation", 1, "none"),
    ("XC-01", "XC", "宣传部部长", "execution", 1, "none"),
    ("XC-02", "XC", "宣传专员", "operation", 2, "none"),
    ("SS-01", "SS", "设施保障部部长", "execution", 1, "none"),
    ("SS-02", "SS", "设施管理员", "operation", 2, "electrician"),
    ("SS-03", "SS", "物资保管员", "operation", 1, "none"),
    ("JD-01", "JD", "监督质控部部长", "execution", 1, "social_worker"),
    ("JD-02", "JD", "监督员", "operation", 2, "none"),
    ("ZY-01", "ZY", "志愿与合作部部长", "execution", 1, "social_worker"),
    ("ZY-02", "ZY", "志愿服务专员", "operation", 5, "assistant_social_worker"),
)
ROLE_POSTS: tuple[tuple[str, str], ...] = (
    ("director", "GL-01"), ("deputy", "GL-02"), ("head", "FW-01"), ("clerk", "FW-02"), ("accountant", "CW-01"), ("cashier", "CW-02"),
    ("hr", "RL-01"), ("publicity", "XC-02"), ("facility", "SS-02"), ("supervisor", "JD-02"), ("archivist", "ZH-03"),
    ("auditor", ""), ("admin", "ZH-02"),
)  # fmt: skip
"""Each role of the demo and the post whose first holder signs in with it; the auditor comes from outside."""
COMMUNITIES = ("湖滨社区", "东湖花园社区", "文昌社区", "和平里社区", "银杏苑社区", "新湖社区")
NUMERALS = "一二三四五六七八九十"


def make(world: World) -> None:
    """Departments, posts, people, assignments, delegations, communities and grids."""
    _departments(world)
    _people(world)
    _delegations(world)
    _grids(world)


def _departments(world: World) -> None:
    rows: list[dict[str, Any]] = [
        {"code": code, "name": name, "layer": layer, "quota": quota, "duties": duties, "active": True}
        for code, name, layer, quota, duties in DEPARTMENTS
    ]
    world.load("department", rows, [row["code"] for row in rows])
    posts = [
        {"code": code, "department": world.ids["department"][department], "name": name, "layer": layer, "headcount": count,
         "required_certificate": certificate, "grade_min": {"management": 5, "execution": 7, "operation": 9}[layer],
         "grade_max": {"management": 7, "execution": 10, "operation": 12}[layer], "active": True}
        for code, department, name, layer, count, certificate in POSTS
    ]  # fmt: skip
    world.load("post", posts, [row["code"] for row in posts])


def _people(world: World) -> None:
    random = world.random
    rows: list[dict[str, Any]] = []
    keys: list[str] = []
    established = 8
    for code, department, _name, layer, count, certificate in POSTS:
        for place in range(count):
            gender = "female" if random.random() < 0.7 else "male"
            age = random.randrange(38, 58) if layer != "operation" else random.randrange(24, 55)
            born = world.day(date(world.today.year - age, 1, 1), date(world.today.year - age, 12, 28))
            hired = world.day(date(max(2012, world.today.year - age + 22), 3, 1), world.today - timedelta(days=200))
            trial = len(rows) in (21, 37)
            if trial:
                hired = world.today - timedelta(days=random.randrange(20, 80))
            holds = certificate if certificate in ("social_worker", "assistant_social_worker") else "none"
            if holds == "none" and random.random() < 0.15:
                holds = "assistant_social_worker"
            employment = "established" if established > 0 and layer != "operation" else random.choices(
                ("community_worker", "dispatched", "welfare_post"), (26, 4, 2))[0]  # fmt: skip
            established -= employment == "established"
            rows.append({
                "name": world.name(gender), "gender": gender, "id_no": world.id_number(gender, born), "birth_on": born, "phone": world.phone(),
                "department": world.ids["department"][department], "post": world.ids["post"][code], "employment": employment, "hired_on": hired,
                "probation_ends_on": hired + timedelta(days=180), "education": random.choices(("college", "bachelor", "master"), (10, 24, 4))[0],
                "certificate": holds, "certificate_no": f"SG{random.randrange(10**7):07}" if holds != "none" else None,
                "certificate_ends_on": world.day(world.today + timedelta(days=20), world.today + timedelta(days=1000)) if holds != "none" else None,
                "grade": random.randrange(7, 13), "status": "trial" if trial else "active", "extension": f"027-8880{random.randrange(10_000):04}",
            })  # fmt: skip
            keys.append(f"{code}/{place}")
    world.load("staff", rows, keys)
    assignments = [
        {
            "staff": world.ids["staff"][key],
            "post": world.ids["post"][key.split("/")[0]],
            "starts_on": row["hired_on"],
            "primary": True,
            "acting": False,
        }
        for key, row in zip(keys, rows, strict=True)
    ]
    world.load("assignment", assignments)
    world.ids["staff names"] = {world.ids["staff"][key]: row["name"] for key, row in zip(keys, rows, strict=True)}
    _heads(world)


def _heads(world: World) -> None:
    """Each department has its head, and all but the management stand below it."""
    departments, ids = table("department"), world.ids["department"]
    for code, *_rest in DEPARTMENTS:
        above = None if code == "GL" else ids["GL"]
        write.update(world.db, world.actor, departments, ids[code], {"head": world.ids["staff"][f"{code}-01/0"], "parent": above}, 1)


def _delegations(world: World) -> None:
    """Who acted for whom: over by now, in force, and one to come."""
    staff, today = world.ids["staff"], world.today
    planned = (
        (-190, 5, "CW-02/0", "CW-02/1", ("pay",), "ended", "参加会计继续教育培训"),
        (-96, 3, "FW-01/0", "FW-02/0", ("requests",), "ended", "赴兄弟街道参观学习"),
        (-40, 10, "GL-02/0", "GL-01/0", ("approve", "acceptance"), "ended", "年休假"),
        (-2, 7, "SS-01/0", "SS-02/0", ("acceptance",), "active", "参加消防设施操作员培训"),
        (9, 5, "GL-01/0", "GL-02/0", ("approve",), "draft", "赴省里参加社区治理研修班"),
    )
    world.load("delegation", [
        {"_at": world.office_moment(today + timedelta(days=min(begins - 3, -1))), "principal": staff[principal], "deputy": staff[deputy],
         "duties": list(duties), "starts_on": today + timedelta(days=begins), "ends_on": today + timedelta(days=begins + days - 1),
         "state": state, "reason": reason}
        for begins, days, principal, deputy, duties, state, reason in planned
    ])  # fmt: skip


def _grids(world: World) -> None:
    random = world.random
    rows = [
        {"code": f"SQ-{place + 1:02}", "name": name, "chair": world.name("female"), "phone": f"027-8881{random.randrange(10_000):04}",
         "address": f"东湖大道{random.randrange(10, 300)}号", "founded_on": date(random.randrange(1998, 2014), random.randrange(1, 13), 1)}
        for place, name in enumerate(COMMUNITIES)
    ]  # fmt: skip
    communities = world.load("community", rows)
    workers = [id for key, id in world.ids["staff"].items() if key.startswith(("FW-03", "ZY-02"))]
    grids = []
    for number in range(42):
        community = number % 6
        households = random.randrange(170, 236)
        population = int(households * random.uniform(2.4, 2.8))
        grids.append({
            "code": f"SQ-{community + 1:02}-{number // 6 + 1:02}", "name": f"{COMMUNITIES[community]}第{NUMERALS[number // 6]}网格",
            "community": communities[community], "worker": random.choice(workers), "households": households, "population": population,
            "elderly": int(population * random.uniform(0.17, 0.29)), "bounds": f"东湖大道{number * 6 + 1}号至{number * 6 + 11}号",
            "position": Place(Decimal(f"114.{38000 + community * 310 + random.randrange(120)}"), Decimal(f"30.{55000 + number * 37}")),
        })  # fmt: skip
    world.load("grid", grids)


def particulars() -> dict[str, Any]:
    """What the centre itself is."""
    return {
        "name": NAME, "short_name": "东湖社服", "code": "DH-01", "legal_form": "public_institution", "street_office": "东湖街道办事处",
        "address": "东湖大道88号", "phone": "027-88880001", "population": 22_000, "households": 8_500, "elderly": 5_060,
        "building_area": Decimal(1860), "opened_on": OPENED,
    }  # fmt: skip
