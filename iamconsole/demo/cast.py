"""Who plays in the demo. All people are invented; the numbers are days before today."""

from dataclasses import dataclass

ADMINISTRATOR = "AdministratorAccess"
HOME_ALIAS, SECOND_ALIAS = "northwind", "northwind-sandbox"
DIRECTOR = "amara.osei"  # the first administrator, who does most of what is done


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a console password. ``seen`` is the last sign-in; None: never signed in."""

    name: str
    since: int
    groups: tuple[str, ...] = ()
    seen: int | None = 1
    mfa: bool = True
    key: int | None = None  # an access key of this age
    team: str = ""
    path: str = "/staff/"
    ssh_key: int | None = None  # likewise an SSH public key


@dataclass(frozen=True, slots=True)
class Workload:
    """A program with access keys. ``keys`` are (age, last used or None, active)."""

    name: str
    since: int
    keys: tuple[tuple[int, int | None, bool], ...]
    policies: tuple[str, ...] = ("AmazonS3ReadOnlyAccess",)
    team: str = ""
    path: str = "/workloads/"
    certificate: int | None = None  # a signing certificate of this age
    review: int | None = None  # the newest key is to be looked at in so many days


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server certificate. ``since`` days ago it was uploaded, in ``left`` days it expires (or did)."""

    name: str
    host: str
    since: int
    left: int
    key: str = "RSA"
    path: str = "/"
    team: str = "platform"


GROUPS: dict[str, tuple[str, ...]] = {
    "Administrators": (ADMINISTRATOR,),
    "Developers": ("PowerUserAccess", "IAMUserSSHKeys"),
    "Operations": ("job-function/SystemAdministrator", "job-function/ViewOnlyAccess"),
    "Auditors": ("SecurityAudit", "IAMReadOnlyAccess"),
    "Finance": ("job-function/Billing",),
    "Support": ("job-function/SupportUser",),
    "Contractors": (),
}

PEOPLE = (
    # Whoever tries the demo plays her, and has no phone that knows her codes.
    Person(DIRECTOR, 1180, ("Administrators",), 0, mfa=False, team="platform"),
    Person("jonas.haverkamp", 1150, ("Administrators", "Operations"), 1, key=47, team="platform"),
    Person("keiko.nakagawa", 910, ("Administrators",), 34, mfa=False, key=402, team="platform"),
    Person("rafael.castellano", 870, ("Developers",), 0, key=21, team="checkout", ssh_key=512),
    Person("priya.raman", 840, ("Developers",), 2, key=88, team="checkout", ssh_key=88),
    Person("lars.lindgren", 795, ("Developers", "Operations"), 3, key=121, team="search"),
    Person("mirjam.achterberg", 760, ("Auditors",), 5, team="security"),
    Person("deniz.demirci", 733, ("Developers",), 1, mfa=False, key=733, team="search"),
    Person("liam.brennan", 690, ("Finance",), 12, team="finance"),
    Person("hanna.svensson", 655, ("Developers",), 0, key=64, team="mobile", ssh_key=301),
    Person("david.okafor", 640, ("Developers",), 4, key=9, team="mobile"),
    Person("chiara.bianchi", 601, ("Support",), 1, team="support"),
    Person("tomasz.wojcik", 566, ("Operations",), 0, key=35, team="platform"),
    Person("nadia.haddad", 540, ("Auditors",), 96, team="security"),
    Person("george.mensah", 512, ("Developers",), 2, key=77, team="data"),
    Person("sofia.almeida", 488, ("Developers",), 0, key=44, team="data"),
    Person("pavel.novak", 470, ("Support",), 143, mfa=False, team="support"),
    Person("emma.fitzgerald", 441, ("Finance",), 8, team="finance"),
    Person("yusuf.yilmaz", 420, ("Developers",), 1, mfa=False, key=215, team="checkout"),
    Person("ingrid.halvorsen", 388, ("Operations",), 6, team="platform"),
    Person("marco.ferrari", 361, ("Developers",), 211, mfa=False, key=361, team="search"),
    Person("aisha.rahman", 344, ("Developers",), 0, key=30, team="mobile"),
    Person("oliver.brandt", 310, ("Support",), 3, team="support"),
    Person("camille.moreau", 288, ("Auditors",), 1, team="security"),
    Person("noah.vandenberg", 260, ("Developers",), 2, key=15, team="data"),
    Person("zofia.kowalska", 231, ("Developers",), 0, key=58, team="checkout"),
    Person("samuel.adeyemi", 204, ("Operations",), 17, key=101, team="platform"),
    Person("linnea.berg", 176, ("Developers",), 1, team="mobile"),
    Person("mateo.garcia", 150, ("Support",), None, mfa=False, team="support"),
    Person("freya.jensen", 122, ("Finance",), 2, team="finance"),
    Person("arjun.patel", 96, ("Developers",), 0, key=12, team="data"),
    Person("elif.kaya", 71, ("Developers",), 1, key=71, team="search"),
    Person("julia.schneider", 44, ("Developers",), 0, mfa=False, key=40, team="mobile"),
    Person("ext.contractor-042", 190, ("Contractors",), 101, mfa=False, key=188, path="/external/"),
    Person("ext.contractor-057", 39, ("Contractors",), 7, mfa=False, path="/external/"),
    Person("bartholomew.featherstonehaugh-cholmondeley", 19, ("Finance",), 4, team="finance"),
    Person("thandi.nkosi", 6, ("Support",), None, mfa=False, team="support"),
    Person("felix.wagner", 1, ("Developers",), None, mfa=False, team="checkout"),
)

WORKLOADS = (
    Workload("legacy-backup", 1140, ((831, 1, True),), team="platform", certificate=715, review=-30),
    Workload("build-agent-01", 940, ((402, 0, True), (3, 0, True)), ("PowerUserAccess",), "platform"),
    Workload("build-agent-03", 720, ((214, 0, True),), ("PowerUserAccess",), "platform"),
    Workload("etl-nightly", 655, ((120, 1, True),), team="data"),
    Workload("grafana-reader", 610, ((96, 0, True),), ("ReadOnlyAccess",), "platform", review=14),
    Workload("crm-export", 588, ((588, 260, True),), team="finance"),
    Workload("sftp-bridge", 530, ((530, None, True),), team="data", certificate=210),
    Workload("ses-mailer", 502, ((82, 0, True),), (), "checkout", review=98),
    Workload("cost-export", 460, ((61, 2, True), (425, 62, False)), team="finance"),
    Workload("snapshot-runner", 431, ((33, 0, True),), ("job-function/SystemAdministrator",), "platform"),
    Workload("vault-sync", 402, ((21, 0, True),), ("IAMReadOnlyAccess",), "security"),
    Workload("edge-deploy", 377, ((74, 1, True), (190, 75, False)), ("PowerUserAccess",), "mobile"),
    Workload("qa-robot", 350, ((350, 190, True), (350, None, False)), team="checkout", review=-90),
    Workload("search-indexer", 315, ((45, 0, True),), team="search"),
    Workload("invoice-archiver", 270, ((88, 4, True),), team="finance"),
    Workload("log-shipper", 244, ((52, 0, True),), team="platform"),
    Workload("thumbnailer", 201, ((201, 1, True),), team="mobile"),
    Workload("fraud-scorer", 160, ((66, 0, True),), team="data"),
    Workload("terraform", 148, ((28, 0, True),), (ADMINISTRATOR,), "platform", review=62),
    Workload("status-page", 90, ((90, 11, False),), team="support"),
    Workload("ab-test-exporter", 55, ((55, None, True),), team="data"),
    Workload("partner-feed", 12, ((12, 1, True),), team="search"),
)

CERTIFICATES = (
    Certificate("www-northwind", "www.northwind.example", 118, 247, "EC", "/cloudfront/prod/"),
    Certificate("partner-api", "partners.northwind.example", 351, 14, team="checkout"),
    Certificate("legacy-sftp", "sftp.northwind.example", 407, -42, team="data"),
)
# Credentials for single services: user -> (service, made so many days ago, lives so many or for good).
SERVICE_CREDENTIALS: dict[str, tuple[tuple[str, int, int | None], ...]] = {
    "rafael.castellano": (("codecommit.amazonaws.com", 210, None),),
    "hanna.svensson": (
        ("codecommit.amazonaws.com", 188, None),
        ("codecommit.amazonaws.com", 4, None),
    ),
    "sofia.almeida": (("bedrock.amazonaws.com", 22, 30),),
    "arjun.patel": (("bedrock.amazonaws.com", 41, 30), ("bedrock.amazonaws.com", 6, 90)),
    "etl-nightly": (("cassandra.amazonaws.com", 97, None),),
    "log-shipper": (("logs.amazonaws.com", 52, 365), ("cloudwatch.amazonaws.com", 52, None)),
}

# The second local account: smaller, younger, less tidy.
SANDBOX_PEOPLE = (
    Person(DIRECTOR, 260, ("Administrators",), 9, mfa=False),
    Person("rafael.castellano", 240, ("Administrators",), 2, key=240),
    Person("sofia.almeida", 200, (), 60, mfa=False),
    Person("arjun.patel", 80, (), 1, mfa=False, key=80),
)
SANDBOX_WORKLOADS = (
    Workload("load-test", 180, ((180, 90, True),), ("PowerUserAccess",)),
    Workload("prototype-bot", 100, ((100, None, True),)),
)
SANDBOX_GROUPS = {"Administrators": (ADMINISTRATOR,)}

LEAVERS = ("greg.holloway", "tanja.petrovic", "summer.intern-2")  # deleted during the last 90 days
ADDRESSES = ("203.0.113.24", "203.0.113.57", "198.51.100.12", "192.0.2.140")
STRANGER = "198.51.100.201"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

# The account of a company that was bought: known only by the reports it sends.
LEGACY_ALIAS = "fabrikam-legacy"
LEGACY_GROUPS = {"Admins": (ADMINISTRATOR,)}
LEGACY_PEOPLE = (
    Person(DIRECTOR, 900, ("Admins",), 300, mfa=False),
    Person("hugo.martens", 880, ("Admins",), 2),
    Person("irina.volkova", 720, (), 15, key=410),
    Person("bob.contractor", 640, (), 400, mfa=False, key=640),
    Person("lucia.ramos", 300, (), 40, mfa=False),
    Person("new.hire", 9, (), None, mfa=False),
)
LEGACY_WORKLOADS = (
    Workload("jenkins", 860, ((860, 0, True), (500, None, False))),
    Workload("nightly-export", 700, ((700, 210, True),)),
    Workload("mail-relay", 410, ((95, 3, True),)),
    Workload("billing-sync", 50, ((50, None, True),)),
)
