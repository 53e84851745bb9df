"""What the dashboard says of an account once its findings were evaluated."""

from reports.dashboard.recommendations import Recommendation, recommendations
from reports.findings.evaluation import evaluate
from users.models import Account


def lines(account: Account) -> dict[str, Recommendation]:
    """The dashboard's lines by title, after a fresh evaluation."""
    account = Account.objects.get(pk=account.pk)
    evaluate([account])
    return {item.title: item for item in recommendations(account)}


def numbers(account: Account) -> dict[str, int]:
    """How many findings each line stands for."""
    return {title: item.number for title, item in lines(account).items() if item.open}
