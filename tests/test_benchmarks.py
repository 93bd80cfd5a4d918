"""Every benchmark script runs from start to end in its quick mode.

Left out of `make test`, since all of them together take a quarter of an hour: `make benchmarks`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "benchmarks"
DATA = ROOT.parent / "shared" / "data"
SCRIPTS = sorted(
    path.stem for path in FOLDER.glob("*.py") if "__main__" in path.read_text()
)
LIMIT_S = 60

pytestmark = pytest.mark.benchmark


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_quick_mode_ends_within_a_minute(name, tmp_path):
    text = (FOLDER / f"{name}.py").read_text()
    command = [sys.executable, str(FOLDER / f"{name}.py"), "--quick"]
    if '"--data"' in text:
        if not DATA.is_dir():
            pytest.skip(f"{name}.py needs the real series of {DATA}")
        command += ["--data", str(DATA)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command,
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip(f"{name}.py: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), f"{name}.py prints nothing"
