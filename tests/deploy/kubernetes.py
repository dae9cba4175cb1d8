"""The manifests of k8s/, as they are and as an overlay makes them."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.papers import ROOT

K8S = ROOT / "k8s"
OVERLAYS = ["demo", "production"]
# What an overlay may take in by `components:`.
COMPONENTS = ["backup", "tracing"]
# Without kubectl an overlay is its files, put together here, without its patches.
BUILDERS = ["files", "kubectl"] if shutil.which("kubectl") else ["files"]
Manifest = dict[str, Any]
WITH_PODS = {"Deployment", "StatefulSet", "Job", "CronJob"}


def read(path: Path) -> list[Manifest]:
    found = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return [one for one in found if one]


def files() -> list[Path]:
    """Every manifest of the shop itself; k8s/monitoring is for other programs."""
    return sorted(
        path
        for path in K8S.rglob("*.yaml")
        if path.name != "kustomization.yaml" and "monitoring" not in path.parts
    )


def build(
    overlay: str,
    builder: str,
    *components: str,
    patches: tuple[Manifest, ...] = (),
) -> list[Manifest]:
    """What the cluster would get from an overlay with these components and patches."""
    with tempfile.TemporaryDirectory() as elsewhere:
        # As somebody does who keeps an overlay of their own: k8s/ copied whole.
        copy = Path(elsewhere) / "k8s"
        shutil.copytree(K8S, copy)
        directory = copy / "overlays" / overlay
        kustomization = directory / "kustomization.yaml"
        (changed,) = read(kustomization)
        changed["components"] = [f"../../{name}" for name in components]
        changed["patches"] = [*changed["patches"], *patches]
        kustomization.write_text(yaml.safe_dump(changed), encoding="utf-8")
        if builder == "files":
            return list(_put_together(directory))
        done = subprocess.run(  # noqa: S603 - our own command
            [shutil.which("kubectl") or "", "kustomize", directory],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def _put_together(directory: Path) -> Iterator[Manifest]:
    values: dict[str, dict[str, str]] = {}
    for kustomization in _kustomizations(directory):
        for generator in kustomization["configMapGenerator"]:
            literals = dict(one.split("=", 1) for one in generator["literals"])
            values.setdefault(generator["name"], {}).update(literals)
        for path in kustomization["resources"]:
            if path.endswith(".yaml"):
                yield from read(kustomization["directory"] / path)
    for name, data in values.items():
        yield {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": data,
        }


def _kustomizations(directory: Path) -> Iterator[Manifest]:
    """Of the directory and of those it takes in, the lowest first."""
    (kustomization,) = read(directory / "kustomization.yaml")
    below = [path for path in kustomization["resources"] if not path.endswith(".yaml")]
    for path in [*below, *kustomization.get("components", [])]:
        yield from _kustomizations(directory / path)
    yield {"configMapGenerator": [], **kustomization, "directory": directory}


class Cluster:
    """The manifests of an overlay, by kind and name."""

    def __init__(self, manifests: list[Manifest]) -> None:
        self.manifests = manifests
        self.by_kind: dict[str, dict[str, Manifest]] = {}
        for one in manifests:
            same = self.by_kind.setdefault(one["kind"], {})
            name = one["metadata"]["name"]
            assert name not in same, f"two of {one['kind']} {name}"
            same[name] = one

    def __call__(self, kind: str, name: str) -> Manifest:
        found = self.by_kind[kind][name]
        assert isinstance(found, dict)
        return found

    def pods(self) -> dict[str, Manifest]:
        """The pod template of each that has one, by its name."""
        return {
            one["metadata"]["name"]: _job(one)["spec"]["template"]
            for one in self.manifests
            if one["kind"] in WITH_PODS
        }

    def matching(self, selector: Manifest) -> set[str]:
        """The pods that a selector chooses."""
        return {
            name
            for name, pod in self.pods().items()
            if _chooses(selector, pod["metadata"]["labels"])
        }

    def config(self) -> dict[str, str]:
        """The variables of the shop that are no secret."""
        (found,) = self.by_kind["ConfigMap"].values()
        return dict(found["data"])


def _job(one: Manifest) -> Manifest:
    """What has the pod template: of a CronJob, the Job that it makes."""
    return one["spec"]["jobTemplate"] if one["kind"] == "CronJob" else one


def _chooses(selector: Manifest, labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    if not wanted.items() <= labels.items():
        return False
    for one in selector.get("matchExpressions", []):
        assert one["operator"] == "In"
        if labels.get(one["key"]) not in one["values"]:
            return False
    return True


def secret_keys(path: str) -> dict[str, set[str]]:
    """The Secrets of a file and what each holds."""
    return {one["metadata"]["name"]: set(one["stringData"]) for one in read(K8S / path)}
