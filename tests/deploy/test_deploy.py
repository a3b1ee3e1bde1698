"""What deploy/ holds: one version of everything, fields that their readers know, and a Slurm script that does its work.

The cluster file for AWS is held against the schema and defaults of Ray's own launcher. The schema of KubeRay is in no
package: the fields that we use are checked here against the types of its version 1 (ray-operator/apis/ray/v1), and
those of pods against the Kubernetes reference, strictly: a field that this file does not list is an error.
"""

import json
import os
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def test_all_name_one_version_of_ray_of_python_and_of_ours() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    (tag,) = re.findall(r"^FROM rayproject/ray:(\S+)$", dockerfile, re.M)
    version, python = re.fullmatch(r"([0-9.]+)-py3(\d+)-cpu", tag).groups()  # type: ignore[union-attr]
    assert re.findall(r'"ray==([0-9.]+)"', dockerfile) == [version]
    assert f"FROM python:3.{python}-slim AS wheel" in dockerfile
    cluster, job = read("raycluster.yaml"), read("rayjob.yaml")
    assert cluster["spec"]["rayVersion"] == version
    assert job["spec"]["rayClusterSpec"] == cluster["spec"], "the job has the cluster of its neighbour"
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = {
        read("ray-aws.yaml")["docker"]["image"],
        *(pod["containers"][0]["image"] for pod in pods(cluster["spec"])),
    }
    assert images == {f"REGISTRY/corpus:{ours}"}
    assert f"-t REGISTRY/corpus:{ours} ." in dockerfile


def test_what_is_deployed_is_a_ray_that_the_package_takes() -> None:
    (version,) = re.findall(r'"ray==([0-9.]+)"', (DEPLOY / "Dockerfile").read_text())
    (asked,) = [one for one in metadata.requires("corpus-build") or [] if re.match(r"ray\b", one)]
    least = re.search(r">=([0-9.]+)", asked)
    assert least
    assert [int(part) for part in version.split(".")] >= [int(part) for part in least[1].split(".")]


def test_the_image_runs_as_no_root_and_takes_no_more_than_packages_along() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["ray"]
    assert all(line.split()[0] in {"FROM", "COPY", "RUN", "USER", "ENV"} for line in lines if line and line[0] != "#")
    kept = [line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(kept) == {*wheel["packages"], "pyproject.toml", "README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in kept)


def test_the_cluster_on_aws_is_as_rays_launcher_takes_it() -> None:
    util = pytest.importorskip("ray.autoscaler._private.util")
    told = read("ray-aws.yaml")
    util.validate_config(util.prepare_config(told))
    types = told["available_node_types"]
    assert types[told["head_node_type"]]["resources"] == {"CPU": 0}
    assert types["spot"]["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert "InstanceMarketOptions" not in types["head"]["node_config"]
    with pytest.raises(Exception, match="maximal_workers"):
        util.validate_config(util.prepare_config({**told, "maximal_workers": 1}))


POD = {
    "serviceAccountName": str,
    "securityContext": {"runAsNonRoot": bool, "runAsUser": int, "fsGroup": int},
    "nodeSelector": {...: str},
    "containers": [
        {
            "name": str,
            "image": str,
            "resources": {"requests": {...: str}, "limits": {...: str}},
            "securityContext": {"allowPrivilegeEscalation": bool, "capabilities": {"drop": [str]}},
        }
    ],
}
CLUSTER = {
    "rayVersion": str,
    "authOptions": {"mode": {"token"}},
    "enableInTreeAutoscaling": bool,
    "autoscalerOptions": {"idleTimeoutSeconds": int, "upscalingMode": {"Default", "Aggressive", "Conservative"}},
    "headGroupSpec": {"rayStartParams": {...: str}, "template": {"spec": POD}},
    "workerGroupSpecs": [
        {
            "groupName": str,
            "replicas": int,
            "minReplicas": int,
            "maxReplicas": int,
            "rayStartParams": {...: str},
            "template": {"spec": POD},
        }
    ],
}
JOB = {
    "entrypoint": str,
    "submissionMode": {"K8sJobMode", "HTTPMode", "InteractiveMode"},
    "backoffLimit": int,
    "shutdownAfterJobFinishes": bool,
    "ttlSecondsAfterFinished": int,
    "rayClusterSpec": CLUSTER,
}
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|[KMGTP]i?)?")


def wrong(told: Any, known: Any, place: str) -> list[str]:
    """Where something is not as ``known`` says: a type, a set of values, a list of one kind, or fields by name."""
    if isinstance(known, set):
        return [] if told in known else [f"{place}: {told!r}"]
    if isinstance(known, list):
        if not isinstance(told, list):
            return [f"{place} is no list"]
        return [one for number, item in enumerate(told) for one in wrong(item, known[0], f"{place}[{number}]")]
    if isinstance(known, dict):
        if not isinstance(told, dict):
            return [f"{place} holds no fields"]
        found = []
        for name, value in told.items():
            kind = known.get(name, known.get(...))
            found += [f"{place}.{name}: no such field"] if kind is None else wrong(value, kind, f"{place}.{name}")
        return found
    return [] if type(told) is known else [f"{place}: {told!r} is no {known.__name__}"]


def pods(spec: Any) -> list[Any]:
    return [spec["headGroupSpec"]["template"]["spec"], *(one["template"]["spec"] for one in spec["workerGroupSpecs"])]


@pytest.mark.parametrize(("name", "kind", "known"), [("raycluster", "RayCluster", CLUSTER), ("rayjob", "RayJob", JOB)])
def test_resources_of_kuberay_have_the_fields_that_it_knows(name: str, kind: str, known: Any) -> None:
    told = read(f"{name}.yaml")
    assert set(told) == {"apiVersion", "kind", "metadata", "spec"}
    assert (told["apiVersion"], told["kind"]) == ("ray.io/v1", kind)
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", told["metadata"]["name"])
    assert wrong(told["spec"], known, "spec") == []
    cluster = told["spec"].get("rayClusterSpec", told["spec"])
    assert [pod["containers"][0]["name"] for pod in pods(cluster)] == ["ray-head", "ray-worker"]
    for pod in pods(cluster):
        assert pod["securityContext"]["runAsNonRoot"] is True
        for amounts in pod["containers"][0]["resources"].values():
            assert all(QUANTITY.fullmatch(amount) for amount in amounts.values()), amounts
    for group in cluster["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_a_field_that_nobody_knows_and_a_number_for_a_string_are_found() -> None:
    told = read("raycluster.yaml")["spec"]
    told["workerGroupSpecs"][0]["maxReplica"] = 1
    told["headGroupSpec"]["rayStartParams"]["num-cpus"] = 0
    assert wrong(told, CLUSTER, "spec") == [
        "spec.headGroupSpec.rayStartParams.num-cpus: 0 is no str",
        "spec.workerGroupSpecs[0].maxReplica: no such field",
    ]


STUB = """#!/usr/bin/env bash
printf '%s' "{name}" >> "$CALLS"
printf ' %q' "$@" >> "$CALLS"
printf ' [%s %s %s]\\n' "${{RAY_ADDRESS:-}}" "${{RAY_AUTH_MODE:-}}" "${{#RAY_AUTH_TOKEN}}" >> "$CALLS"
{does}
"""
STUBS = {
    "scontrol": "printf 'n1\\nn2\\nn3\\n'",
    "srun": 'while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"',
    "ray": '[ "$1" = start ] && exec sleep 100; exit 0',
    "corpus": 'trap "exit 143" TERM; for _ in $(seq "${LASTS:-1}"); do sleep 0.1; done; exit "${ENDS:-0}"',
}


@pytest.fixture
def allocation(tmp_path: Path) -> dict[str, str]:
    """Commands that note how they were called, in the place of Slurm's and Ray's, and what Slurm tells a job."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    for name, does in STUBS.items():
        place = tmp_path / "bin" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(STUB.format(name=name, does=does))
        place.chmod(0o755)
    told = {
        "SLURM_JOB_ID": "4321",
        "SLURM_JOB_NODELIST": "n[1-3]",
        "SLURM_JOB_NUM_NODES": "3",
        "SLURM_CPUS_ON_NODE": "8",
    }
    told["SLURM_CPUS_ON_NODE"] = "8"
    return {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "CALLS": str(tmp_path / "calls"), **told}


def test_the_slurm_script_starts_ray_on_each_node_and_the_build_on_the_first(allocation: dict[str, str]) -> None:
    done = subprocess.run(
        [str(DEPLOY / "slurm.sh"), "a b.warc.gz", "--out", "/scratch/x"], env=allocation, timeout=60, check=False
    )
    assert done.returncode == 0
    calls = Path(allocation["CALLS"]).read_text().splitlines()
    told = "[n1:24321 token 64]"
    assert f"corpus build a\\ b.warc.gz --out /scratch/x --engine ray {told}" in calls
    started = sorted(call for call in calls if call.startswith("ray start"))
    assert len(started) == 2
    assert started[0].startswith("ray start --address=n1:24321 --block --num-cpus=8")
    assert started[1].startswith("ray start --head --block --port=24321 --num-cpus=8")
    assert any(call.startswith("srun --nodes=1 --ntasks=1 --nodelist=n1 ") for call in calls)
    assert any(call.startswith("srun --nodes=2 --ntasks=2 --exclude=n1 ") for call in calls)


@pytest.mark.parametrize("code", ["1", "2"])
def test_the_slurm_script_ends_as_the_build_does(allocation: dict[str, str], code: str) -> None:
    done = subprocess.run([str(DEPLOY / "slurm.sh")], env={**allocation, "ENDS": code}, timeout=60, check=False)
    assert done.returncode == int(code)


def test_the_slurm_script_hands_the_warning_of_a_time_limit_on(allocation: dict[str, str]) -> None:
    job = subprocess.Popen([str(DEPLOY / "slurm.sh")], env={**allocation, "LASTS": "500"})
    calls = Path(allocation["CALLS"])
    for _ in range(300):
        if calls.exists() and "corpus build" in calls.read_text():
            break
        try:
            job.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail("it ended before the build began")
    job.terminate()
    assert job.wait(60) == 143


def test_the_slurm_script_asks_slurm_for_what_it_needs() -> None:
    asked = re.findall(r"^#SBATCH (\S+)$", (DEPLOY / "slurm.sh").read_text(), re.M)
    assert {"--ntasks-per-node=1", "--exclusive", "--mem=0", "--requeue"} <= set(asked)
    assert all(re.fullmatch(r"--[a-z-]+(=\S+)?", one) for one in asked)
    assert json.dumps(asked).count("--signal=B:TERM@") == 1
