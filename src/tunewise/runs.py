"""What a finished or running training shows: the losses in trainer_state.json, as levels that a diagnosis reads.

transformers' Trainer writes the file into every checkpoint. All definitions compare a series with itself, so
they hold for any model, loss and batch size. A level is of a series' last quarter, the mean of its last points:

    nan       a loss that is no finite number, or the last gradient norm is none
    spiking   a loss jumps to twice the median of the points before it, by half the first loss or more
    rising    it lies above the lowest quarter by more than 5 % (validation) or 20 % (training)
    high      it lies less than 5 % below where training began
    falling   of all it fell, more than 5 % fell since the quarter before
    low       it fell and has levelled off

The first that fits is told. Knows neither the ontology nor what a level means.
"""
from __future__ import annotations

import json
import math
import re
from pathlib import Path
from statistics import fmean, median
from typing import Any

from .errors import InputError

FILE = "trainer_state.json"
MAX_BYTES = 50_000_000  # a log line is some 200 bytes: a quarter of a million of them
LEAST = 3  # points below which a series has no direction; three epochs give three validation losses
SPIKE = 2.0  # times the median of the points before: noise of single batches stays below
SPIKE_WINDOW = 5  # points that make this median: outlives one earlier spike
SPIKE_SHARE = 0.5  # of the first loss: a jump from 0.02 to 0.05 is no spike
VAL_RISE = 0.05  # a validation loss is a mean over the whole set: 5 % is beyond its noise
TRAIN_RISE = 0.20  # a training loss is one batch or few: it wavers by 10 % while nothing is wrong
LEARNED = 0.05  # a loss that fell by less than 5 % since the beginning has not learned
STILL = 0.05  # of the whole fall; a straight line falls 25 % of it in a quarter of its points


def symptoms(path: Path) -> dict[str, Any]:
    """Raw inputs train_loss and val_loss, as far as the log tells them, of a trainer_state.json or its folder.

    Of a folder with checkpoints the newest counts. Raises InputError where there is no such file, it is larger
    than 50 MB or damaged, or holds fewer than three losses of both kinds.
    """
    file = _state_file(path)
    log = _log(file)
    losses, evaluations, norms = _series(log, "loss"), _series(log, "eval_loss"), _series(log, "grad_norm")
    began = next((x for x in losses if math.isfinite(x)), None)
    found: dict[str, Any] = {}
    if norms and not math.isfinite(norms[-1]):
        found["train_loss"] = "nan"
    elif level := _level(losses, TRAIN_RISE, began, spikes=True):
        found["train_loss"] = level
    if level := _level(evaluations, VAL_RISE, began, spikes=False):
        found["val_loss"] = level
    if not found:
        raise InputError(f"{file}: {len(losses)} training and {len(evaluations)} validation losses are too few to tell a direction; "
                         f"it takes {LEAST}. Log more often (logging_steps), or say train_loss and val_loss yourself.")
    return found


def _level(series: list[float], rise: float, began: float | None, spikes: bool) -> str | None:
    """The level of a series as the module's text defines them; None where it is too short to have one."""
    if any(not math.isfinite(x) for x in series):
        return "nan"
    if len(series) < LEAST:
        return None
    if spikes and _spikes(series):
        return "spiking"
    width = max(1, len(series) // 4)
    now, before = fmean(series[-width:]), fmean(series[-2 * width:-width])
    lowest = min(fmean(series[i:i + width]) for i in range(len(series) - width + 1))
    first = max(series[0], began if began is not None else series[0])  # the first validation comes when much is learned
    if now - lowest > rise * abs(lowest):
        return "rising"
    if first - now < LEARNED * abs(first):
        return "high"
    return "falling" if before - now > STILL * (first - now) else "low"


def _spikes(series: list[float]) -> bool:
    for i in range(SPIKE_WINDOW, len(series)):
        usual = median(series[i - SPIKE_WINDOW:i])
        if series[i] > SPIKE * usual and series[i] - usual > SPIKE_SHARE * series[0]:
            return True
    return False


def _series(log: list[Any], key: str) -> list[float]:
    """Numbers logged under a key, in order; a number that came as text ("nan") counts."""
    out = []
    for entry in log:
        value = entry.get(key) if isinstance(entry, dict) else None
        if value is None or isinstance(value, bool):
            continue
        try:
            out.append(float(value))
        except (TypeError, ValueError, OverflowError):
            continue
    return out


# ---- reading the file ----------------------------------------------------------------------------------------


def _state_file(path: Path) -> Path:
    """The file itself, the folder's own, or that of its newest checkpoint."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise InputError(f"{path}: no such file or folder. Give the output_dir of transformers' Trainer, or its {FILE}.")
    if (path / FILE).is_file():
        return path / FILE
    checkpoints = {int(match[1]): f for f in path.glob(f"checkpoint-*/{FILE}") if (match := re.fullmatch(r"checkpoint-(\d+)", f.parent.name))}
    if not checkpoints:
        raise InputError(f"{path}: no {FILE}, neither here nor in a checkpoint-* folder. Is it the output_dir of transformers' Trainer?")
    return checkpoints[max(checkpoints)]


def _log(file: Path) -> list[Any]:
    """log_history of the file."""
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{file}: {size / 1e6:.0f} MB is too large for a {FILE}; at most {MAX_BYTES // 1_000_000} MB.")
        state = json.loads(file.read_text(encoding="utf8"))
    except UnicodeDecodeError as fault:
        raise InputError(f"{file}: not UTF-8 text ({fault.reason} at byte {fault.start}).") from None
    except json.JSONDecodeError as fault:
        raise InputError(f"{file}:{fault.lineno}: no valid JSON: {fault.msg}. Perhaps training stopped while it was written; try the checkpoint before.") from None
    except (ValueError, RecursionError):
        raise InputError(f"{file}: no {FILE}: a number too long or nested too deeply.") from None
    except OSError as fault:
        raise InputError(f"{file}: cannot be read: {fault.strerror}.") from None
    log = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(log, list):
        raise InputError(f"{file}: no log_history in it. Is it the {FILE} of transformers' Trainer?")
    if not log:
        raise InputError(f"{file}: its log_history is empty. Train at least logging_steps steps first.")
    return log
