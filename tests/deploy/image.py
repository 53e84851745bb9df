"""Builds deploy/container/Containerfile without a registry: each of its lines on a Debian tree of debootstrap.

Understands what that file uses: FROM, RUN, COPY, WORKDIR, ENV, USER, EXPOSE, HEALTHCHECK, ENTRYPOINT and CMD.
"""

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "deploy" / "container" / "Containerfile"
IGNORED = FILE.with_name("Containerfile.dockerignore")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


@dataclass
class Image:
    """A tree, and how its processes run."""

    tree: Path
    folder: str = "/"
    user: str = "0"
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": SYSTEM_PATH})
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)

    def run(self, *command: str, readonly: bool = False, **variables: str) -> subprocess.Popen[str]:
        """Start a command in the tree, in mounts of its own; with ``readonly`` only /tmp can be written."""
        prepare = f"cd {shlex.quote(str(self.tree))}; mount --bind . .; cd {shlex.quote(str(self.tree))}; "
        prepare += "mount -t proc proc proc; mount --rbind /dev dev; mount -t tmpfs -o mode=1777 tmpfs tmp; "
        prepare += "mount -o remount,bind,ro .; " if readonly else ""
        inside = f"cd {shlex.quote(self.folder)} && exec {shlex.join(command)}"
        chroot = ["chroot", f"--userspec={self.user}:{self.user}", ".", "/bin/sh", "-c", inside]
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-e", "-c", f"{prepare}exec {shlex.join(chroot)}"],
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def must(self, *command: str, **variables: str) -> str:
        """Run a command to its end. Its output; AssertionError with it where the command fails."""
        process = self.run(*command, **variables)
        output, _ = process.communicate(timeout=900)
        assert process.returncode == 0, output
        return output


def build(folder: Path) -> Image:
    """The last stage of the file."""
    base = folder / "base"
    command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(base)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    # The network of this machine: its names and its authorities.
    shutil.copy("/etc/resolv.conf", base / "etc/resolv.conf")
    shutil.copy(AUTHORITIES, base / AUTHORITIES.lstrip("/"))
    stages: dict[str, Image] = {}
    image = Image(base)
    for word, rest in instructions():
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            tree = folder / name
            subprocess.run(["cp", "-a", str(base), str(tree)], check=True)
            image = stages[name] = Image(tree)
        else:
            follow(image, stages, word, rest)
    return image


def instructions() -> list[tuple[str, str]]:
    """Each instruction with what follows it."""
    lines = [line.strip() for line in FILE.read_text().splitlines()]
    return [
        (word, rest) for word, _, rest in (line.partition(" ") for line in lines if line and line[0] != "#")
    ]


def follow(image: Image, stages: dict[str, Image], word: str, rest: str) -> None:
    """Carry one instruction out."""
    if word == "RUN":
        image.must("/bin/sh", "-c", rest, PIP_CERT=AUTHORITIES, DEBIAN_FRONTEND="noninteractive")
    elif word == "COPY":
        copy(image, stages, rest.split())
    elif word == "WORKDIR":
        image.folder = rest
        (image.tree / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
    elif word == "ENV":
        image.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
    elif word == "USER":
        image.user = rest
    elif word == "HEALTHCHECK":
        image.healthcheck = json.loads(rest.partition("CMD ")[2])
    elif word in ("ENTRYPOINT", "CMD"):
        setattr(image, {"ENTRYPOINT": "entrypoint", "CMD": "command"}[word], json.loads(rest))
    else:
        assert word == "EXPOSE", word


def copy(image: Image, stages: dict[str, Image], words: list[str]) -> None:
    """COPY from the checkout, of which only what is not ignored is there, or from another stage."""
    source = ROOT
    if words[0].startswith("--from="):
        source = stages[words.pop(0).partition("=")[2]].tree
    *names, target = words
    place = image.tree / os.path.join(image.folder, target).lstrip("/")
    for name in names:
        origin = source / name.lstrip("/")
        assert source != ROOT or name in allowed(), f"{name} is ignored"
        if origin.is_dir():
            shutil.copytree(
                origin, place, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            into = place / origin.name if target.endswith(("/", ".")) else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, into)


def allowed() -> set[str]:
    """What the build is given."""
    return {line[1:] for line in IGNORED.read_text().splitlines() if line.startswith("!")}
