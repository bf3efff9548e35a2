"""Which files Codecov's command line takes for coverage reports, or for results of tests.

In: a folder. Out: files. The lists are codecov-cli's own (``services/upload/file_finder.py``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase, translate
from pathlib import Path

_COVERAGE = """
*.clover *.codecov.* *.gcov *.lcov *.lst *coverage*.* *Jacoco*.xml clover.xml cobertura.xml codecov-result.json
codecov.* cover.out coverage-final.json excoveralls.json gcov.info jacoco*.xml lcov.dat pylcov.dat lcov.info
luacov.report.out naxsi.info nosetests.xml report.xml test_cov.xml
"""
_TEST_RESULTS = "*junit.xml"
_NEVER = """
*.am *.bash *.bat *.bw *.cfg *.class *.cmake *.conf *.coverage *.cp *.cpp *.crt *.css *.csv *.data *.db *.dox *.ec
*.egg *.el *.env *.erb *.exe *.ftl *.gif .git* *.gradle *.gz *.h *.html *.in *.jade *.jar* *.jpeg *.jpg *.js *.less
*.log *.m4 *.mak* *.md .nvmrc *.o *.p12 *.pem *.png *.pom* *.profdata *.proto *.ps1 *.pth *.py *.pyc *.pyo *.rb *.rsp
*.rst *.ru *.sbt *.scss *.serialized *.sh *.snapshot *.sql *.svg *.tar.tz *.template *.ts *.whl *.xcconfig
*.xcoverage.* */classycle/report.xml *codecov.yml *~ .*coveragerc .coverage* coverage-summary.json codecov.SHA256SUM
codecov.SHA256SUM.sig createdFiles.lst fullLocaleNames.lst include.lst inputFiles.lst phpunit-code-coverage.xml
phpunit-coverage.xml remapInstanbul.coverage*.json scoverage.measurements.* test_*_coverage.txt
test-result-*-codecoverage.json testrunner-coverage* *.*js *.map *.egg-info .ds_store *.zip
"""
_FOLDERS = """
vendor bower_components .circleci conftest_*.c.gcov .egg-info* .env .envs .git .go .hg .map .marker .tox .venv .venvs
.virtualenv .virtualenvs .yarn .yarn-cache __pycache__ env envs htmlcov node_modules venv venvs virtualenv virtualenvs
jspm_packages .nyc_output
"""
_GENERATED = "js/generated/coverage"


def search_reports(folder: Path, *, leave_out: Iterable[str] = (), test_results: bool = False) -> list[Path]:
    """The files below a folder by their names, sorted; folders in ``leave_out`` are not entered."""
    wanted = _any_of(_TEST_RESULTS if test_results else _COVERAGE)
    never = _any_of(_NEVER + _COVERAGE if test_results else _NEVER)
    found = (path for path in _walk(folder, tuple(leave_out)) if wanted.fullmatch(path.name))
    return [path for path in found if not never.fullmatch(path.name)]


def _walk(folder: Path, leave_out: tuple[str, ...]) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not _ignored(here / name, folder, leave_out))
        yield from (here / name for name in sorted(files))


def _ignored(path: Path, root: Path, leave_out: tuple[str, ...]) -> bool:
    relative = path.relative_to(root).as_posix()
    plain = {path.name, relative} & {one.strip("/").removeprefix("./") for one in leave_out}
    return bool(plain) or relative.endswith(_GENERATED) or any(fnmatchcase(path.name, one) for one in _FOLDERS.split())


def _any_of(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns.split()))
