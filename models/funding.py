"""6.3 Funds: where the centre's money comes from."""

from models.base import Chart, Check, Record, Screen
from models.fields import Choice, When, choice, long_text, text, yes_no
from models.fields import code as short_code

SOURCE_KINDS = (
    Choice("fiscal_basic", "Fiscal appropriation: basic expenditure", "blue"),
    Choice("fiscal_project", "Fiscal appropriation: projects and earmarked funds", "teal"),
    Choice("party_service", "Party organisation's fund for serving the people", "red"),
    Choice("lottery", "Welfare lottery fund", "orange"),
    Choice("government_purchase", "Income from government purchase of services", "purple"),
    Choice("donation", "Donations", "green"),
    Choice("own_income", "Own income from services", "yellow"),
    Choice("carry_over", "Carried over from last year", "grey"),
    Choice("self_raised", "Raised by residents themselves", "green"),
)


class FundSource(Record, table=True):
    """A source of money, and what it may be spent on."""

    __screen__ = Screen(
        "Source of funds", "Sources of funds", area="funding", section="6.3", icon="savings", titles=("name",), second=("code", "doc_no"),
        few=True, sort="code", order=1, row_colours={"grey": When(active=False)},
        help="Every yuan and every asset has a source. Restricted money is spent on its purpose only.",
        empty="Add the sources of this year's money, beginning with the budget reply.",
    )  # fmt: skip
    __rights__ = {"accountant": "all", "director deputy auditor": "read export", "*": "read"}
    __checks__ = (
        Check("earmarked_is_restricted", lambda t: (t.kind != "lottery") & (t.kind != "party_service") | t.restricted,
              "Money of this kind is always restricted: switch it on and name the purpose.", "restricted"),
    )  # fmt: skip
    __charts__ = (Chart(name="kinds", title="Sources by kind", by="kind", split="restricted"),)

    code: str = short_code("Code", max_length=16, unique=True, column=True, search=True, pattern=r"[A-Z0-9-]+",
                           pattern_help="Capital letters, digits and dashes.", example="CZ-01")  # fmt: skip
    name: str = text("Name", max_length=80, unique=True, column=True, search=True, example="2026年社区养老服务专项")
    kind: str = choice("Kind", SOURCE_KINDS, column=True, filter=True)
    restricted: bool = yes_no("Restricted", column=True, filter=True, help="May be spent on its purpose only.")
    purpose: str | None = long_text("Purpose", max_length=2000, required_if=When(restricted=True), search=True,
                                    help="As the reply, the agreement or the donor words it.")  # fmt: skip
    issuer: str | None = text("Given by", max_length=80, search=True, help="Authority or donor.")
    doc_no: str | None = short_code("Document no.", column=True, search=True, example="东财预〔2026〕8号")
    carry_over: bool = yes_no("May be carried over", filter=True, help="What is left at the end of the year stays for the same purpose.")
    active: bool = yes_no("In use", default=True, column=True, filter=True)
    note: str | None = text("Note")
