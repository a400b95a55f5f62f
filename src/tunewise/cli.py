"""The command line: arguments in, text or JSON out, one exit status a meaning.

0 it holds or was done, 1 it does not hold or a check found faults, 2 the question could not be understood,
3 it depends, 4 the machine could not.
"""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from .errors import InputError, TunewiseError
from .verbs import verbs

_EPILOG = """A situation: -s FILE.yaml, or inputs as --gpu t4, --model llama-3-8b, --examples 5000, or gpu=t4 model=llama-3-8b.
Inputs: tunewise ls inputs. Example: tunewise why qlora --gpu t4 --model llama-3-8b --examples 5000"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="tunewise", description="Which way to adapt a language model fits your case, why, and what would have to change.",
                                  epilog="Commands:\n" + "\n".join(f"  {v:<11}{h}" for v, h in verbs().items()) + "\n\n" + _EPILOG,
                                  formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    top.add_argument("verb", nargs="?", metavar="COMMAND", help="one of the commands below")
    top.add_argument("words", nargs="*", metavar="...", help="techniques, a thing, a query, inputs as key=value")
    top.add_argument("-s", "--situation", type=Path, metavar="FILE", help="situation as YAML")
    top.add_argument("--save-situation", type=Path, metavar="FILE", help="write the situation that was understood")
    top.add_argument("--json", action="store_true", help="answer as JSON")
    top.add_argument("--all", action="store_true", help="everything, with the whole proof")
    top.add_argument("-q", "--quiet", action="store_true", help="one line")
    top.add_argument("--trust", action="append", metavar="SOURCE", help="let this source's figures stand above all others")
    top.add_argument("--as-of", metavar="DATE", help="the day the question is asked for (YYYY-MM-DD)")
    top.add_argument("--knowledge", action="append", type=Path, default=[], metavar="DIR", help="add a folder of your own (.ttl, .rq, .yaml); ./tunewise.d is read without being named")
    top.add_argument("--trust-rules", action="store_true", help="load the rule files (.pl) of your folders too: rules are code")
    top.add_argument("--endpoint", metavar="URL", help="take the facts from a SPARQL 1.1 endpoint")
    top.add_argument("--timeout", type=float, default=30.0, metavar="S", help="seconds for one question (30)")
    top.add_argument("--recommended", action="store_true", help="what-if: ask for recommended instead of viable")
    top.add_argument("--format", choices=["table", "csv", "json"], default="table", help="query: form of the rows")
    top.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    top.add_argument("--version", action="store_true", help=argparse.SUPPRESS)
    return top


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        options, rest = parser().parse_known_args(arguments)
    except SystemExit as stop:
        return 0 if stop.code in (0, None) else 2
    try:
        return _run(options, rest)
    except TunewiseError as fault:
        if options.debug:
            raise
        for message in fault.messages:
            print(message, file=sys.stderr)
        return fault.exit_code
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        _leave(130)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as fault:
        if options.debug:
            raise
        print(f"tunewise failed: {type(fault).__name__}: {fault}. Run again with --debug and report what it prints.", file=sys.stderr)
        return 4


def _leave(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def entry() -> None:
    """The console script; leaves without waiting for the Prolog thread."""
    _leave(main())


def _run(options: argparse.Namespace, rest: list[str]) -> int:
    if options.version:
        options.verb = "version"
    if options.verb is None:
        parser().print_help()
        return 2
    if options.verb not in verbs():
        import difflib

        near = difflib.get_close_matches(options.verb, verbs(), n=1)
        raise InputError(f"No command '{options.verb}'.{f' Did you mean {near[0]}?' if near else ''} Commands: {', '.join(verbs())}")
    import importlib

    from .advisor import Advisor
    from .folders import Knowledge

    if not 0 < options.timeout <= 600:
        raise InputError(f"--timeout {options.timeout:g} is out of range: it goes from above 0 to 600 seconds.")
    knowledge = Knowledge.here(options.knowledge, trust_rules=options.trust_rules, endpoint=options.endpoint)
    advisor = Advisor(knowledge, trust=options.trust, as_of=options.as_of, timeout=options.timeout, note=lambda text: print(f"note: {text}", file=sys.stderr))
    verb = importlib.import_module(f"tunewise.verbs.{options.verb.replace('-', '_')}")
    if hasattr(verb, "ready"):  # it will ask about a situation: the engine starts while the situation is read
        advisor.begin()
    words, raw = inputs(options, rest)
    return int(verb.run(advisor, options, words, raw))


def inputs(options: argparse.Namespace, rest: list[str]) -> tuple[list[str], dict[str, Any]]:
    """Words of the question, and raw inputs: the file's, then flags, then key=value, each replacing the former."""
    from .situation import read_yaml

    raw: dict[str, Any] = dict(read_yaml(options.situation)) if options.situation else {}
    words: list[str] = []
    if options.verb == "query":
        return [*options.words, *rest], raw
    for word in options.words:
        key, sign, value = word.partition("=")
        if sign and key.replace("_", "").replace("-", "").isalnum():
            raw[key] = value
        else:
            words.append(word)
    faults = []
    i = 0
    while i < len(rest):
        token = rest[i]
        if not token.startswith("--"):
            key, sign, value = token.partition("=")
            if sign and key.replace("_", "").replace("-", "").isalnum():
                raw[key] = value
            elif token.startswith("-"):
                faults.append(f"'{token}' is not understood. Inputs are --name value or name=value (tunewise ls inputs).")
            else:
                words.append(token)
            i += 1
            continue
        key, sign, value = token[2:].partition("=")
        if not sign:
            if i + 1 < len(rest) and not rest[i + 1].startswith("--"):
                value, i = rest[i + 1], i + 1
            elif words and i == len(rest) - 1 and False:
                value = words.pop()
            else:
                value = "yes"
        raw[key.replace("-", "_")] = value
        i += 1
    if faults:
        raise InputError(*faults)
    return words, raw
