"""The broker as a child: it begins anew where it does not start on what it has written."""

from dataclasses import dataclass

from iamconsole.ops import broker_file

from .children import Program


@dataclass
class Broker(Program):
    """Valkey. It ends with a status of its own only at its start, where it cannot read its file, say; later
    only signals end it.
    """

    began_anew: bool = False

    def after_death(self) -> str:
        """Begin anew, once: where that does not help either, the file was not the reason."""
        refused = bool(self.status and self.status > 0)
        sentence = broker_file.set_aside() if refused and not self.began_anew else ""
        self.began_anew = refused and (self.began_anew or bool(sentence))
        return sentence
