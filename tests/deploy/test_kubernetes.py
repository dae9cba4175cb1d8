"""The manifests of k8s/: valid, whole, and what they promise. No cluster is asked."""

import json
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml

from tests.deploy.kubernetes import (
    BUILDERS,
    COMPONENTS,
    K8S,
    OVERLAYS,
    WITH_PODS,
    Cluster,
    build,
    files,
    read,
    secret_keys,
)
from tests.deploy.papers import (
    ROOT,
    documented_variables,
    gunicorn_settings,
    text,
)
from tests.deploy.running import run

SHOP = {"web", "worker", "beat", "bot", "migrate"}
SERVERS = {"db", "redis", "rabbitmq"}
SIZES = ["WEB_CONCURRENCY", "WEB_THREADS", "WORKER_CONCURRENCY"]
OPERATIONS = text("docs/OPERATIONS.md")
GUNICORN = gunicorn_settings()
# The oldest Kubernetes that is looked after by anybody, and the newest that is known.
VERSIONS = ["1.31", kubernetes_validate.latest_version()]


@pytest.fixture(
    params=[
        (overlay, by, *components)
        for overlay, *components in [*zip(OVERLAYS), ("production", *COMPONENTS)]
        for by in BUILDERS
    ],
    ids="-".join,
    scope="module",
)
def cluster(request: pytest.FixtureRequest) -> Cluster:
    overlay, builder, *components = request.param
    found = Cluster(build(overlay, builder, *components))
    found.overlay, found.patched = overlay, builder == "kubectl"
    found.shop = SHOP | ({"backup"} & set(components))
    return found


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(K8S)))
@pytest.mark.parametrize("version", VERSIONS)
def test_each_manifest_is_valid(path: Path, version: str) -> None:
    for manifest in read(path):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_validator_knows_what_is_wrong() -> None:
    web, _ = read(K8S / "base/web.yaml")
    web["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(web, VERSIONS[-1], strict=True)


def test_each_file_belongs_to_a_kustomization() -> None:
    for path in files():
        if path.parent != K8S:
            (kustomization,) = read(path.parent / "kustomization.yaml")
            assert path.name in kustomization["resources"]
    for name in COMPONENTS:
        (kustomization,) = read(K8S / name / "kustomization.yaml")
        assert kustomization["kind"] == "Component"
    assert [path.name for path in files() if path.parent == K8S] == [
        "secret.template.yaml"
    ]


def test_what_comes_out_is_valid(cluster: Cluster) -> None:
    for manifest in cluster.manifests:
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


def test_the_processes_are_the_promised_ones(cluster: Cluster) -> None:
    servers = SERVERS if cluster.overlay == "demo" else set()
    assert set(cluster.by_kind["Deployment"]) == {"web", "worker", "beat", "bot"}
    assert set(cluster.by_kind["Job"]) == {"migrate"}
    assert set(cluster.by_kind.get("StatefulSet", {})) == servers
    assert set(cluster.by_kind["Service"]) == {"web", *servers}
    known = runpy.run_path(str(ROOT / "scripts/entrypoint.py"))["commands"]()
    for name in SHOP:
        (container,) = cluster.pods()[name]["spec"]["containers"]
        assert container["args"] == [name]
        assert name in {*known, "migrate"}


def test_everything_that_is_named_exists(cluster: Cluster) -> None:
    secrets = secret_keys("secret.template.yaml")
    if cluster.overlay == "demo":
        secrets["duken-servers"] = set(demo_secrets()["duken-servers"])
    for pod in cluster.pods().values():
        spec = pod["spec"]
        assert spec["serviceAccountName"] in cluster.by_kind["ServiceAccount"]
        (container,) = spec["containers"]
        for source in container.get("envFrom", []):
            if config := source.get("configMapRef"):
                assert config["name"] in cluster.by_kind["ConfigMap"]
            else:
                assert source["secretRef"]["name"] in secrets
        for variable in container.get("env", []):
            if "valueFrom" in variable:
                key = variable["valueFrom"]["secretKeyRef"]
                assert key["key"] in secrets[key["name"]]
        claims = {claim["metadata"]["name"] for claim in own_claims(cluster, pod)}
        volumes = {volume["name"] for volume in spec["volumes"]} | claims
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        for volume in spec["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                assert claim["claimName"] in cluster.by_kind["PersistentVolumeClaim"]


def own_claims(cluster: Cluster, pod: dict[str, Any]) -> list[dict[str, Any]]:
    for one in cluster.by_kind.get("StatefulSet", {}).values():
        if one["spec"]["template"] is pod:
            return list(one["spec"]["volumeClaimTemplates"])
    return []


def test_selectors_choose_what_they_mean(cluster: Cluster) -> None:
    for manifest in cluster.manifests:
        name, spec = manifest["metadata"]["name"], manifest.get("spec", {})
        kind = manifest["kind"]
        if kind in WITH_PODS - {"Job", "CronJob"} or kind == "PodDisruptionBudget":
            assert cluster.matching(spec["selector"]) == {name}
        if kind == "Service":
            assert cluster.matching({"matchLabels": spec["selector"]}) == {name}
            (container,) = cluster.pods()[name]["spec"]["containers"]
            (port,), (served,) = spec["ports"], container["ports"]
            assert port["targetPort"] == served["name"]
        if kind == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            assert (target["kind"], target["name"]) == ("Deployment", name)
            assert name in cluster.by_kind["Deployment"]
    for name in ("web", "worker"):
        spec = cluster.pods()[name]["spec"]
        anti = spec["affinity"]["podAntiAffinity"]
        (term,) = anti["preferredDuringSchedulingIgnoredDuringExecution"]
        spreading = [*spec["topologySpreadConstraints"], term["podAffinityTerm"]]
        assert len(spreading) == 2
        for one in spreading:
            assert cluster.matching(one["labelSelector"]) == {name}


def test_no_pod_may_more_than_it_needs(cluster: Cluster) -> None:
    """What Pod Security calls restricted, and the namespace enforces."""
    enforced = cluster("Namespace", "duken")["metadata"]["labels"]
    assert enforced["pod-security.kubernetes.io/enforce"] == "restricted"
    assert cluster("ServiceAccount", "duken")["automountServiceAccountToken"] is False
    for name, pod in cluster.pods().items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        # The user of the Dockerfile.
        assert (security["runAsUser"] == 10001) == (name in cluster.shop)
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        for kind in ("requests", "limits"):
            assert set(container["resources"][kind]) == {"cpu", "memory"}


def test_the_web_comes_and_goes_without_a_lost_request(cluster: Cluster) -> None:
    spec = cluster("Deployment", "web")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    # The number is for the HorizontalPodAutoscaler alone.
    assert "replicas" not in spec
    assert cluster("HorizontalPodAutoscaler", "web")["spec"]["minReplicas"] >= 2
    assert cluster("PodDisruptionBudget", "web")["spec"]["maxUnavailable"] == 1
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    asked = {
        name: (container[f"{name}Probe"]["httpGet"]["path"])
        for name in ("startup", "liveness", "readiness")
    }
    assert asked == {
        "startup": "/health/live",
        "liveness": "/health/live",
        "readiness": "/health",
    }
    word, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert word == "sleep"
    leaving = int(seconds) + GUNICORN["graceful_timeout"]
    assert pod["terminationGracePeriodSeconds"] >= leaving + 10
    # The start may wait for migrations without being killed.
    startup = container["startupProbe"]
    patience = startup["periodSeconds"] * startup["failureThreshold"]
    assert patience > int(cluster.config()["START_TIMEOUT"])
    assert GUNICORN["bind"].endswith(f":{container['ports'][0]['containerPort']}")


def test_a_worker_may_finish_its_task(cluster: Cluster, settings: Any) -> None:
    pod = cluster.pods()["worker"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > settings.CELERY_TASK_TIME_LIMIT
    assert cluster("HorizontalPodAutoscaler", "worker")["spec"]["minReplicas"] == 2
    assert "worker" in cluster.by_kind["PodDisruptionBudget"]


def test_the_database_has_connections_for_all_that_may_run(cluster: Cluster) -> None:
    """The sum of docs/SCALING.md, while pods are replaced and there is one more."""
    config = {name: int(cluster.config()[name]) for name in SIZES}
    most = {
        name: cluster("HorizontalPodAutoscaler", name)["spec"]["maxReplicas"]
        + cluster("Deployment", name)["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
        for name in ("web", "worker")
    }
    web = most["web"] * config["WEB_CONCURRENCY"] * (config["WEB_THREADS"] + 1)
    workers = most["worker"] * config["WORKER_CONCURRENCY"]
    in_all = web + workers + len(["relay", "beat", "bot"])
    if cluster.overlay == "demo":
        (server,) = cluster.pods()["db"]["spec"]["containers"]
        most_connections = int(server["args"][-1].removeprefix("max_connections="))
        assert in_all == 110 + 14 + 3
    else:
        most_connections = 100
        # The numbers of docs/OPERATIONS.md; without kubectl, those of the base.
        assert in_all == (70 if cluster.patched else 110) + 14 + 3
    if cluster.patched:
        # Three are the superuser's, and the Job, a backup and a person have some.
        assert in_all <= most_connections - 3 - 5


def test_there_is_one_clock_and_one_bot(cluster: Cluster) -> None:
    bots = 0 if cluster.overlay == "demo" and cluster.patched else 1
    for name, number in (("beat", 1), ("bot", bots)):
        spec = cluster("Deployment", name)["spec"]
        assert (spec["replicas"], spec["strategy"]) == (number, {"type": "Recreate"})
        assert name not in cluster.by_kind["HorizontalPodAutoscaler"]


def test_pictures_are_shared_and_hide_nothing(cluster: Cluster) -> None:
    mounts = {
        (name, mount["mountPath"], mount.get("subPath"))
        for name in SHOP
        for mount in cluster.pods()[name]["spec"]["containers"][0]["volumeMounts"]
        if mount["name"] == "media"
    }
    assert mounts == {
        *((name, "/app/data/media", "media") for name in ("web", "worker", "bot")),
        *((name, "/app/data/imports", "imports") for name in ("web", "worker")),
        ("worker", "/app/data/backups", "backups"),
    }


def test_the_steps_make_the_namespace_before_what_lives_in_it() -> None:
    for heading in ("### On a laptop, with minikube", "### In production"):
        steps = OPERATIONS.split(heading)[1].split("\n##")[0]
        namespace = steps.index("kubectl apply -f k8s/base/namespace.yaml")
        secret = min(
            steps.find(word) % len(steps)
            for word in ("secret.template.yaml", "demo_secret.py")
        )
        assert namespace < secret < steps.index("kubectl apply -k k8s/overlays/")


def test_a_backup_is_made_each_night() -> None:
    for builder in BUILDERS:
        cluster = Cluster(build("production", builder, "backup"))
        job = cluster("CronJob", "backup")["spec"]
        assert (job["schedule"], job["concurrencyPolicy"]) == ("15 3 * * *", "Forbid")
        (container,) = cluster.pods()["backup"]["spec"]["containers"]
        assert container["args"] == [
            *("python", "manage.py", "backup", "--to", "/backups", "--keep", "14")
        ]
        mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
        assert set(mounts) == {"/tmp", "/backups", "/app/data/media"}  # noqa: S108
        # The same pictures as those of the web, which it cannot harm.
        assert mounts["/app/data/media"] == {
            "name": "media",
            "mountPath": "/app/data/media",
            "subPath": "media",
            "readOnly": True,
        }
        assert "backups" in cluster.by_kind["PersistentVolumeClaim"]
        if builder == "kubectl":
            assert cluster("CronJob", "backup")["metadata"]["namespace"] == "duken"
            (web,) = cluster.pods()["web"]["spec"]["containers"]
            assert container["image"] == web["image"] == "registry.example/duken:1.0"
            assert container["envFrom"] == web["envFrom"]
            (config,) = cluster.by_kind["ConfigMap"]
            assert container["envFrom"][0] == {"configMapRef": {"name": config}}
            assert config != "duken-config"


def test_an_overlay_takes_backups_in_as_it_is_written() -> None:
    (block,) = re.findall(r"```yaml\n(components:.+?)```", OPERATIONS, re.DOTALL)
    written = yaml.safe_load(block)
    assert written["components"] == ["../../backup"]
    if "kubectl" not in BUILDERS:
        pytest.skip("there is no kubectl to apply patches")
    patches = tuple(written["patches"])
    cluster = Cluster(build("production", "kubectl", "backup", patches=patches))
    claim = cluster("PersistentVolumeClaim", "backups")
    kubernetes_validate.validate(claim, VERSIONS[-1], strict=True)
    assert claim["spec"]["storageClassName"] == "another-disk"
    assert claim["spec"]["resources"]["requests"]["storage"] == "200Gi"


@pytest.mark.skipif(not shutil.which("jq"), reason="there is no jq")
def test_a_backup_is_put_back_by_the_same_job() -> None:
    """As the page says, of what `create job --from` makes of the CronJob."""
    (program,) = re.findall(r"jq '(.+?)' \|", OPERATIONS, re.DOTALL)
    cluster = Cluster(build("production", BUILDERS[-1], "backup"))
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "restore"},
        "spec": cluster("CronJob", "backup")["spec"]["jobTemplate"]["spec"],
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [shutil.which("jq") or "", program],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    made = json.loads(done.stdout)
    kubernetes_validate.validate(made, VERSIONS[-1], strict=True)
    job["spec"]["backoffLimit"] = 0
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["args"] = [
        *("python", "manage.py", "restore", "/backups/FILE", "--replace", "--yes")
    ]
    for mount in container["volumeMounts"]:
        mount.pop("readOnly", None)
    assert made == job


def test_only_what_is_named_may_talk(cluster: Cluster) -> None:
    policies = cluster.by_kind["NetworkPolicy"]
    assert policies["nothing-else"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    for name, policy in policies.items():
        chosen = cluster.matching(policy["spec"]["podSelector"])
        assert bool(chosen) == (name != "to-solvers")
    for name, port in (("to-web", "http"), ("to-solvers", 8089)):
        assert entered(policies[name]) == {port}
        assert policies[name]["spec"]["ingress"][0]["from"] == [
            namespace("ingress-nginx")
        ]
    # As cert-manager labels them.
    assert policies["to-solvers"]["spec"]["podSelector"] == {
        "matchLabels": {"acme.cert-manager.io/http01-solver": "true"}
    }
    # Any process may have an error to tell.
    internet = policies["to-the-internet"]["spec"]
    assert cluster.matching(internet["podSelector"]) == cluster.shop
    (rule,) = internet["egress"]
    assert {port["port"] for port in rule["ports"]} == {80, 443, 465, 587, 2525}
    shop = policies["to-servers"]["spec"]["podSelector"]
    assert cluster.matching(shop) == cluster.shop
    left = policies["to-servers"]["spec"]["egress"]
    if cluster.overlay == "demo":
        for rule in left:
            ((to,), (port,)) = rule["to"], rule["ports"]
            (name,) = cluster.matching(to["podSelector"])
            served = cluster("Service", name)["spec"]["ports"][0]["port"]
            assert port["port"] == served
            # Both ends are open.
            assert entered(policies[f"to-{name}"]) == {served}
            assert cluster.matching(policies[f"to-{name}"]["spec"]["podSelector"]) == {
                name
            }
        assert len(left) == 3


def test_spans_reach_the_collector() -> None:
    for builder in BUILDERS:
        cluster = Cluster(build("production", builder, "tracing"))
        spec = cluster("NetworkPolicy", "to-collector")["spec"]
        assert cluster.matching(spec["podSelector"]) == SHOP
        (rule,) = spec["egress"]
        address = urlsplit(cluster.config()["OTEL_EXPORTER_OTLP_ENDPOINT"])
        assert address.scheme == "http"
        _service, _, where = str(address.hostname).partition(".")
        assert rule["to"] == [namespace(where)]
        assert rule["ports"] == [{"protocol": "TCP", "port": address.port}]


def namespace(name: str) -> dict[str, Any]:
    labels = {"kubernetes.io/metadata.name": name}
    return {"namespaceSelector": {"matchLabels": labels}}


def entered(policy: dict[str, Any]) -> set[Any]:
    (rule,) = policy["spec"]["ingress"]
    return {port["port"] for port in rule["ports"]}


def test_the_shop_is_at_its_host(cluster: Cluster) -> None:
    ingress = cluster("Ingress", "web")["spec"]
    (rule,) = ingress["rules"]
    (path,) = rule["http"]["paths"]
    service = path["backend"]["service"]
    ports = cluster("Service", service["name"])["spec"]["ports"]
    assert service["port"]["name"] in {port["name"] for port in ports}
    config = cluster.config()
    if cluster.patched or cluster.overlay == "demo":
        assert rule["host"] == config["ALLOWED_HOSTS"].split(",")[0]
        assert ("tls" in ingress) == (config["HTTPS_ONLY"] == "true")
    if cluster.overlay == "demo":
        assert rule["host"] == "shop.local"
        (container,) = cluster.pods()["web"]["spec"]["containers"]
        assert container["image"] == "duken:local"


def test_no_secret_is_in_the_repository_and_every_variable_is_known(
    cluster: Cluster,
) -> None:
    assert "Secret" not in cluster.by_kind
    for secret in read(K8S / "secret.template.yaml"):
        assert set(secret["stringData"].values()) == {""}
    known = documented_variables()
    assert set(cluster.config()) <= known
    for keys in secret_keys("secret.template.yaml").values():
        assert keys <= known
    assert not set(cluster.config()) & set().union(
        *secret_keys("secret.template.yaml").values()
    )


def demo_secrets() -> dict[str, dict[str, str]]:
    done = run(str(K8S / "demo_secret.py"))
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    for secret in made["items"]:
        kubernetes_validate.validate(secret, VERSIONS[-1], strict=True)
        assert secret["metadata"]["namespace"] == "duken"
    return {one["metadata"]["name"]: one["stringData"] for one in made["items"]}


def test_the_secrets_of_the_demo_open_its_servers() -> None:
    made = demo_secrets()
    shop, servers = made["duken-secrets"], made["duken-servers"]
    template = secret_keys("secret.template.yaml")
    assert set(shop) <= template["duken-secrets"]
    assert set(made["duken-admin"]) == template["duken-admin"]
    demo = Cluster(build("demo", "files"))
    for url, password in (
        ("DATABASE_URL", "POSTGRES_PASSWORD"),
        ("REDIS_URL", "REDIS_PASSWORD"),
        ("RABBITMQ_URL", "RABBITMQ_DEFAULT_PASS"),
    ):
        parts = urlsplit(shop[url])
        assert parts.password == servers[password]
        (port,) = demo("Service", parts.hostname)["spec"]["ports"]
        assert parts.port == port["port"]
    # Nobody else has them.
    assert demo_secrets() != made
