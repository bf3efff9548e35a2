"""Names that two legs give to images at once: each leg sees its own, and the machine has its own again."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from containers import BUSYBOX, buildx_for_jobs, running_engine
from running import Run

pytestmark = [pytest.mark.needs_docker, pytest.mark.slow]
IMAGE = f"sluice-named-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}:1"
MEET = """meet() {
  mkdir -p $RUNNER_TOOL_CACHE/met/$1.$LEG
  for _ in $(seq 1200); do
    [ ! -d $RUNNER_TOOL_CACHE/met/$1.1 ] || [ ! -d $RUNNER_TOOL_CACHE/met/$1.2 ] || return 0
    sleep 0.05
  done
  echo "the other leg did not come"; return 1
}
"""
MAKE = f"""{{
  printf 'FROM {BUSYBOX}\\nLABEL at=%s\\n' $(date +%s%N)
  printf 'RUN echo %s > /leg\\nCMD ["cat", "/leg"]\\n' $LEG
}} > Dockerfile
"""
SEE = f"""meet made
echo ">$(docker run --rm {IMAGE})"
echo ">$(docker run --rm $(docker image inspect --format '{{{{.Id}}}}' {IMAGE}))"
docker tag {IMAGE} {IMAGE}-again && echo ">$(docker run --rm {IMAGE}-again)"
meet seen
[ $LEG = 2 ] || docker rmi {IMAGE} {IMAGE}-again
meet removed
[ $LEG = 1 ] || echo ">$(docker save {IMAGE} | tar -t | grep -c manifest.json)"
"""


@pytest.fixture(autouse=True)
def _images() -> Iterator[None]:
    """The machine has an image of that name."""
    engine = running_engine(BUSYBOX)
    if shutil.which("docker") is None:
        pytest.skip("there is no docker, which steps call")
    engine.translated(functools.partial(engine.client.tag, BUSYBOX, *IMAGE.split(":")))
    yield
    for image in (IMAGE, f"{IMAGE}-again"):
        subprocess.run(["docker", "rmi", "--force", image], capture_output=True, check=False)


def identity(image: str) -> str:
    engine = running_engine()
    return str(engine.translated(functools.partial(engine.client.inspect_image, image))["Id"])


def in_legs(run: Run, script: str, *before: str) -> None:
    """Both legs make an image of that name by the script, and see their own."""
    text = "".join(f"          {line}\n" for line in f"{MEET}{MAKE}{script}{SEE}".splitlines())
    job = "runs-on: ubuntu-latest\n    strategy: {matrix: {leg: [1, 2]}}\n    env: {LEG: '${{ matrix.leg }}'}\n"
    steps = "".join(f"      - {step}\n" for step in (*before, "run: |"))
    ran = run(f"on: push\njobs:\n  job:\n    {job}    steps:\n{steps}{text}", at_once=2)
    assert ran.results() == {"job.1": "success", "job.2": "success"}, ran.log("job.1") + ran.log("job.2")
    assert ran.said("job.1") == ["1", "1", "1"]
    assert ran.said("job.2") == ["2", "2", "2", "1"]
    assert identity(IMAGE) == identity(BUSYBOX)


BUILD = f"docker build --tag {IMAGE} .\n"
SAVE = f"{BUILD}meet built\ndocker save {IMAGE} | gzip > x.tar && docker rmi {IMAGE}\nmeet saved\n"
CHANGE = f"""docker run --name made -e LEG {BUSYBOX} sh -c 'echo $LEG > /leg'
change='CMD ["cat", "/leg"]'
"""


@pytest.mark.parametrize(
    "script",
    [
        BUILD,
        f"{SAVE}docker load --input x.tar\n",
        f"{SAVE}docker load < x.tar\n",
        f'{CHANGE}docker commit --change "$change" made {IMAGE}\n',
        f'{CHANGE}docker export made | docker import --change "$change" - {IMAGE}\n',
    ],
    ids=["build", "load", "load-input", "commit", "import"],
)
def test_legs_give_one_name_by_a_command(run: Run, script: str) -> None:
    in_legs(run, script)


@pytest.fixture
def compose() -> str:
    """The words for Compose."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(words[0])
            and not subprocess.run([*words, "version"], capture_output=True, check=False).returncode
        ):
            return " ".join(words)
    pytest.skip("there is no Compose")


FILE = f"""cat > compose.yaml <<end
services:
  web: {{image: '{IMAGE}', build: {{context: ., tags: ['{IMAGE}-too']}}}}
  other: {{image: '{IMAGE}'}}
end
"""


def test_legs_build_one_image_of_a_file_of_compose(run: Run, compose: str) -> None:
    script = f"""{FILE}{compose} build && meet built
for service in web other; do [ "$({compose} run --rm $service)" = $LEG ]; done
[ "$(docker run --rm {IMAGE}-too)" = $LEG ]
{compose} up --exit-code-from web
"""
    in_legs(run, script)
    left = subprocess.run(
        ["docker", "images", "--format", "{{.Tag}}", IMAGE.partition(":")[0]], capture_output=True, check=True
    )
    assert {*left.stdout.decode().split()} == {"1", "1-again", "1-too"}, "no name of a job's is left"
    subprocess.run(["docker", "rmi", f"{IMAGE}-too"], check=True)


def test_what_a_job_built_is_what_compose_has_by_that_name(run: Run, compose: str) -> None:
    script = f"""{FILE}docker build --tag {IMAGE} . && meet built && echo 'FROM none' > Dockerfile
[ "$({compose} run --rm web)" = $LEG ]
"""
    in_legs(run, script)


BAKE = f"""cat > docker-bake.hcl <<end
target "default" {{ tags = ["{IMAGE}"] }}
end
"""


@pytest.mark.parametrize(
    "script",
    [
        f"{BAKE}docker buildx bake\n",
        f"{BAKE}docker buildx bake --metadata-file made.json -f - < docker-bake.hcl && grep -q sha256 made.json\n",
        f"{FILE.replace(', tags: [', ', args: [A=')}docker buildx bake --load web\n",
        f"docker buildx build --output type=docker,name={IMAGE} .\n",
    ],
    ids=["hcl", "input", "compose", "output"],
)
def test_legs_bake_one_name(run: Run, script: str) -> None:
    in_legs(run, f"{buildx_for_jobs()}\n{script}")
