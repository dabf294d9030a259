"""Baseline of A6: values and n of every cell by pandas, with categories for the keys.

Stand-alone: imports nothing of the product. Usage: cells_pandas.py FILES.json OUT. A file for each KPI, by place and by person.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

KEYS = {"place": ["slice", "department", "segment", "channel"], "person": ["slice", "department", "person"]}
NAMES = {"department_id": "department", "employee_id": "person"}
WHEN = {"responses": "responded_at", "cases": "opened_at"}
READ = {"responses": ["question", "score"], "cases": ["resolved_at", "first_contact_resolved"]}


def read(files: list[str], dataset: str) -> pd.DataFrame:
    """The columns that the metrics need; texts as categories, and the first day of the slice."""
    texts = ["department_id", "employee_id", "segment", "channel", *(["question"] if dataset == "responses" else [])]
    columns = sorted({*texts, WHEN[dataset], *READ[dataset]})
    rows = pq.read_table(files, columns=columns, read_dictionary=texts).unify_dictionaries().to_pandas()
    day = rows[WHEN[dataset]].to_numpy("datetime64[D]")
    week = day - (day.astype("int64") + 3) % 7
    rows["slice"] = np.maximum(week, day.astype("datetime64[M]").astype("datetime64[D]"))
    return rows.rename(columns=NAMES)


def metrics(dataset: str, rows: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, str]]:
    """The rows of each metric, and how its values m are told."""
    if dataset == "responses":
        parts = {kpi: rows[(rows["question"] == kpi) & rows["score"].notna()] for kpi in ("nps", "csat", "ces")}
        score = {kpi: part["score"].to_numpy() for kpi, part in parts.items()}
        value = {
            "nps": 100.0 * ((score["nps"] >= 9).astype(int) - (score["nps"] <= 6).astype(int)),
            "csat": (score["csat"] >= 4).astype(float),
            "ces": score["ces"].astype(float),
        }
        return {kpi: (part.assign(m=value[kpi]), "mean") for kpi, part in parts.items()}
    closed = rows[rows["resolved_at"].notna()]
    seconds = (closed["resolved_at"] - closed["opened_at"]).to_numpy() // np.timedelta64(1, "s")
    return {
        "fcr": (rows.assign(m=rows["first_contact_resolved"].astype(float)), "mean"),
        "sla48": (closed.assign(m=(seconds <= 172_800).astype(float)), "mean"),
        "ttr": (closed.assign(m=seconds / 3600), "median"),
    }


def spent() -> float:
    """CPU seconds of this process."""
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main(given: Path, out: Path) -> None:
    """Write the values of every metric at both grains."""
    files = json.loads(given.read_text())["datasets"]
    cpu, wall = spent(), time.perf_counter()
    for dataset, listed in files.items():
        for kpi, (rows, how) in metrics(dataset, read(listed, dataset)).items():
            for grain, keys in KEYS.items():
                found = rows.groupby(keys, observed=True, sort=False)["m"].agg(n="count", value=how).reset_index()
                texts = {name: found[name].astype("str") for name in keys if name != "slice"}
                found = found.assign(slice=found["slice"].dt.date, **texts)
                found.to_parquet(out / f"{kpi}-{grain}.parquet", compression="zstd")
    cpu, wall = spent() - cpu, time.perf_counter() - wall
    lines = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    print(json.dumps({"cpu": cpu, "wall": wall, "memory": memory}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
