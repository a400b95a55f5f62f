"""Laws of shell completion, in the shells themselves where they are installed."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tunewise.cli import verbs
from tunewise.completion import script
from tunewise.errors import InputError

SHELLS = ["bash", "zsh", "fish"]
BASH_ASK = """source "$0"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tunewise 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


def shell(name: str, *args: str) -> subprocess.CompletedProcess[str]:
    """A shell that finds this program first."""
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run([name, *args], capture_output=True, text=True, timeout=60, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL)


def completed(name: str, folder: Path, *words: str) -> list[str]:
    """What TAB offers after words, the last of which is being typed."""
    file = folder / f"tunewise.{name}"
    file.write_text(script(name, list(verbs())), encoding="utf8")
    if name == "bash":
        return shell("bash", "--norc", "-c", BASH_ASK, str(file), "tunewise", *words).stdout.split()
    line = " ".join(["tunewise", *words])
    return [row.split("\t")[0] for row in shell("fish", "--no-config", "-c", f'source {file}; complete -C "{line}"').stdout.splitlines()]


@pytest.mark.parametrize("name", SHELLS)
def test_a_script_is_syntax_of_its_shell(name: str, tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_text(script(name, list(verbs())), encoding="utf8")
    done = shell(name, "-n", str(file))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SHELLS)
def test_a_script_names_every_verb_and_is_short(name: str) -> None:
    text = script(name, [*verbs(), "sing"])
    assert all(verb in text.split() or f'"{verb}' in text or f"'{verb}" in text or f"{verb}'" in text or f'{verb}"' in text for verb in [*verbs(), "sing"])
    assert len(text.splitlines()) < 60 and "@" not in text.replace("$@", "")


@pytest.mark.parametrize("name", ["bash", "fish"])
def test_verbs_techniques_models_and_flags_complete(name: str, tmp_path: Path) -> None:
    assert {"why", "why-not", "what-if"} <= set(completed(name, tmp_path, "wh"))
    assert completed(name, tmp_path, "why", "qlor") == ["qlora"]
    assert "llama-3-8b" in completed(name, tmp_path, "why", "qlora", "--model", "llama-3-8")
    assert completed(name, tmp_path, "why", "qlora", "--sit") == ["--situation"]


@pytest.mark.parametrize("name", ["bash", "fish"])
def test_gpus_complete(name: str, tmp_path: Path) -> None:
    assert "nvidia-t4" in completed(name, tmp_path, "why", "qlora", "--gpu", "nvidia-t")


def test_inputs_complete_in_bash_as_flags_and_as_assignments(tmp_path: Path) -> None:
    assert "--gpu-memory-gib" in completed("bash", tmp_path, "why", "qlora", "--gpu-")
    assert "llama-3-8b" in completed("bash", tmp_path, "why", "qlora", "model", "=", "llama-3-8")


def test_zsh_completes(tmp_path: Path) -> None:
    file = tmp_path / "tunewise.zsh"
    file.write_text(script("zsh", list(verbs())), encoding="utf8")
    ask = ('autoload -Uz compinit; compinit -u -D; source "$1"; compadd() { shift; print -l -- "$@" }; compset() { : }; _files() { : }\n'
           'words=(tunewise why qlor); CURRENT=3; _tunewise; words=(tunewise wh); CURRENT=2; _tunewise')
    said = shell("zsh", "-f", "-c", ask, "zsh", str(file)).stdout.split()
    assert "qlora" in said and "what-if" in said


def test_a_name_that_a_shell_would_run_is_not_offered(tmp_path: Path) -> None:
    """A program in the place of tunewise prints names with commands in them."""
    program = tmp_path / "tunewise"
    program.write_text("#!/bin/sh\nprintf 'techniques\\tlabel\\n$(touch hurt)\\tx\\n`touch hurt`\\tx\\nlora;touch\\tx\\n-rf\\tx\\nlora\\tx\\n'\n", encoding="utf8")
    program.chmod(0o755)
    file = tmp_path / "script"
    file.write_text(script("bash", ["why"]), encoding="utf8")
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    done = subprocess.run(["bash", "--norc", "-c", BASH_ASK, str(file), "tunewise", "why", ""], capture_output=True, text=True, cwd=tmp_path,
                          env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})
    assert done.stdout.split() == ["lora"] and not (tmp_path / "hurt").exists()


@pytest.mark.parametrize("name", ["tcsh", "", "Bash"])
def test_another_shell_is_an_input_error_that_names_the_three(name: str) -> None:
    with pytest.raises(InputError, match="bash, zsh, fish"):
        script(name, ["why"])
