"""The areas of the product and the sections of the service standard that they serve."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """A part of the product: one group of the navigation."""

    name: str
    title: str
    icon: str


AREAS: tuple[Area, ...] = (
    Area("organisation", "Organisation", "account_tree"),
    Area("catalogue", "Services and opening hours", "event_available"),
    Area("requests", "Requests and cases", "inbox"),
    Area("people", "People and training", "groups"),
    Area("supervision", "Supervision and quality", "verified"),
    Area("resources", "Supplies", "inventory"),
    Area("facilities", "Places and equipment", "apartment"),
    Area("funding", "Funds", "account_balance"),
    Area("partners", "Partners and volunteers", "handshake"),
    Area("safety", "Safety and risk", "health_and_safety"),
    Area("publicity", "Publicity and open information", "campaign"),
    Area("standard", "Standard and archives", "menu_book"),
    Area("system", "Accounts and settings", "settings"),
)

CHAPTERS: dict[str, str] = {
    "1": "Purpose and organisation",
    "2": "Services",
    "3": "Service process",
    "4": "People and training",
    "5": "Supervision and quality",
    "6": "Resources and support",
    "7": "Publicity and communication",
    "8": "Supplementary provisions and revision",
}

SECTIONS: dict[str, str] = {
    "1.1": "Purpose and principles",
    "1.2": "Organisation",
    "1.3": "Duties and training of staff",
    "1.4": "Process norm",
    "1.5": "Quality assessment and feedback",
    "2.1": "Service categories and items",
    "2.2": "Service content and standards",
    "2.3": "Service hours and booking",
    "2.4": "Places and facilities",
    "2.5": "Safety and emergency measures",
    "3.1": "Application and acceptance",
    "3.2": "Delivery",
    "3.3": "Follow-up and feedback",
    "3.4": "Archives and records",
    "3.5": "Complaints",
    "4.1": "Selection and training",
    "4.2": "Duties and appraisal",
    "4.3": "Code of conduct",
    "4.4": "Career development",
    "4.5": "Rewards and sanctions",
    "5.1": "Supervision",
    "5.2": "Quality assessment and improvement",
    "5.3": "Satisfaction surveys",
    "5.4": "Violations and accountability",
    "5.5": "Continuous improvement",
    "6.1": "Resources and allocation",
    "6.2": "Facilities and equipment",
    "6.3": "Funds",
    "6.4": "Cooperation and outside support",
    "6.5": "Emergency support and risk control",
    "7.1": "Publicity and releases",
    "7.2": "Open information",
    "7.3": "Communication and feedback",
    "7.4": "Promotion",
    "7.5": "Brand and image",
    "8.1": "Scope and application",
    "8.2": "Revision",
    "8.3": "Interpretation",
}
