"""The files of what a person adds: model, GPU, source and claim; the technique's has a module of its own."""
from __future__ import annotations

import datetime
import difflib
import json
import re
from pathlib import Path
from typing import Any

from . import graph, new_from
from .errors import InputError
from .new import TODO, Catalogue, File, comment, curie, literal, number, slug, statement
from .new_paragraph import Said, Writer, source_line
from .new_technique import technique


def made(kind: str, name: str, said: Said, catalogue: Catalogue, profiles: Path, today: datetime.date, cards: list[dict[str, Any]]) -> tuple[str, File]:
    """(id, file) of something new; every fault of what was said is told at once."""
    ident = slug(name)
    _free(kind, ident, name, catalogue)
    write = Writer(ident, said, catalogue, today)
    try:
        {"technique": technique, "model": _model, "gpu": _gpu, "source": _source, "claim": _claim}[kind](write, name, profiles, cards)
    except InputError as fault:
        write.faults += fault.messages
    if write.faults:
        raise InputError(*dict.fromkeys(write.faults))
    return ident, write.file


def _free(kind: str, ident: str, name: str, catalogue: Catalogue) -> None:
    cls = {"technique": "Technique", "model": "Model", "gpu": "Gpu", "source": "Source"}.get(kind)
    taken = catalogue.assertions.get(ident) if cls is None else catalogue.find(cls, ident) or catalogue.find(cls, name)
    if taken:
        more = "Take another name." if kind in ("claim", "source") else f"See tunewise show {graph.local_name(taken)}; to say something of it, write a claim: tunewise new claim NAME --about {graph.local_name(taken)}"
        raise InputError(f"There is a {kind} called {graph.local_name(taken)}. {more}")


def _model(write: Writer, name: str, profiles: Path, cards: list[dict[str, Any]]) -> None:
    said = write.said
    write.file.title = f"{name}: a model. Lines that begin with # are suggestions; a line with {TODO} waits for you."
    shape: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    hub = said.get("hub-id", "")
    if "from" in said:
        known = json.loads((profiles / "architectures.json").read_text(encoding="utf8"))["types"] if (profiles / "architectures.json").is_file() else {}
        found = write.attempt(new_from.model, said["from"], known)
        if found:
            shape, raw, file, remarks = found
            write.file.remarks += remarks
            hub = hub or (said["from"] if not Path(said["from"]).expanduser().exists() else str(raw.get("_name_or_path") or ""))
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", hub):
        hub = ""
    write.source(f"the configuration of {name}", "computed")
    write.begin("Model", said.get("label", name))
    write.definition("OWNER's model of ... billion parameters.")
    write.line(f"    tw:hubId {literal(hub)} ;" if hub else "    # tw:hubId \"owner/name\" ;")
    if raw.get("model_type"):
        write.line(f"    tw:architecture {literal(str(raw['model_type']))} ;")
    access = said.get("access", "openWeights")
    if access not in ("openWeights", "gatedWeights", "apiOnly", "unverified"):
        write.faults.append(f"'{access[:30]}' is no access. Say openWeights, gatedWeights, apiOnly or unverified")
    write.line(f"    tw:access tw:{access} ;" + ("" if "access" in said else f"   # {TODO} if it is gated: tw:gatedWeights; behind an API alone: tw:apiOnly"))
    for flag, property_, example in (("licence", "licence", "apache-2.0"), ("model-kind", "modelKind", "instruct")):
        write.line(f"    tw:{property_} {literal(said[flag])} ;" if flag in said else f"    # tw:{property_} {literal(example)} ;   # {TODO}")
    if shape:
        heads, query, kv = shape["shape_heads"], shape["shape_query"], shape["shape_kv"]
        head = raw.get("head_dim") if isinstance(raw.get("head_dim"), int) and raw["head_dim"] > 0 else max(1, query // heads)
        figures = {"paramsB": shape["params_b"], "activeParamsB": shape.get("shape_active_b"), "layers": shape["shape_layers"], "hiddenSize": shape["shape_hidden"], "intermediateSize": raw.get("intermediate_size") or shape["shape_mlp"],
                   "attentionHeads": heads, "kvHeads": max(1, kv // head), "headDim": head, "vocabSize": shape["shape_vocab"], "maxContext": next((raw[k] for k in ("max_position_embeddings", "n_positions", "max_seq_len") if isinstance(raw.get(k), int)), None),
                   "experts": next((raw[k] for k in ("num_local_experts", "num_experts", "n_routed_experts") if isinstance(raw.get(k), int) and raw[k] > 1), None), "expertsPerToken": raw.get("num_experts_per_tok") if shape.get("shape_active_b") else None,
                   "expertSize": raw.get("moe_intermediate_size") if shape.get("shape_active_b") else None}
        write.line("    " + " ; ".join(f"tw:{p} {number(str(v))}" for p, v in figures.items() if isinstance(v, int | float) and not isinstance(v, bool)) + f" ; tw:tiedEmbeddings {'true' if shape['shape_tied'] else 'false'} ;")
    else:
        write.line(f"    # tw:paramsB 8.0 ; tw:layers 32 ; tw:hiddenSize 4096 ; tw:intermediateSize 14336 ;   # {TODO}: from its config.json (tunewise new model NAME --from config.json reads it)")
        write.line("    # tw:attentionHeads 32 ; tw:kvHeads 8 ; tw:headDim 128 ; tw:vocabSize 128256 ; tw:maxContext 8192 ; tw:tiedEmbeddings false ;")
    write.end('tw:linearModule "q_proj", "v_proj" ;   names of the linear layers inside each block')


def _gpu(write: Writer, name: str, profiles: Path, cards: list[dict[str, Any]]) -> None:
    said, cat = write.said, write.catalogue
    write.file.title = f"{name}: a GPU. Lines that begin with # are suggestions; a line with {TODO} waits for you."
    seen = cards[0] if cards and not {"memory-gib", "compute-capability"} & set(said) else None
    nominal = {g: float(v) for row in graph.run_check(cat.store, f"PREFIX tw: <{graph.TW}> SELECT ?g ?m WHERE {{ ?g a tw:Gpu ; tw:memoryGib ?m }}") for g, v in [(row["g"], row["m"])]}
    memory, capability = said.get("memory-gib"), said.get("compute-capability")
    if seen:
        gib = seen["mib"] / 1024
        memory = str(min((m for m in nominal.values() if gib <= m <= gib * 1.12), default=-(-gib // 1)))
        capability = str(seen["capability"])
        write.file.remarks.append(f"nvidia-smi sees {seen['name']}: {seen['mib']:,.0f} MiB, compute capability {capability}; as a card it is taken for {number(memory)} GiB")
    write.source("nvidia-smi on our machine" if seen else f"the data sheet of {name}", "measured" if seen else "vendor")
    write.begin("Gpu", said.get("label", name))
    write.definition("Card that differs by ...")
    like = write.attempt(cat.resolve, "Gpu", said["like"]) if "like" in said else None
    if not like and capability:
        same = [row["g"] for row in graph.run_check(cat.store, f"PREFIX tw: <{graph.TW}> SELECT ?g WHERE {{ ?g a tw:Gpu ; tw:computeCapability ?c . FILTER(?c = {number(capability)}) }} ORDER BY ?g")]
        like = same[0] if same else None
        if like:
            write.file.remarks.append(f"its features are those of {cat.labels[like]}, which has the same compute capability")
    facts = cat.facts(like) if like else {}
    capability = capability or next(iter(facts.get(graph.TW + "computeCapability", [])), None)
    write.line(f"    tw:memoryGib {write.attempt(number, memory) or 0} ;" if memory else f"    # tw:memoryGib 24 ;   # {TODO}: memory as the card is named, in GiB")
    if capability:
        write.line(f"    tw:computeCapability {write.attempt(number, capability) or 0} ;")
    if "usable-gib" in said:
        write.line(f"    tw:usableGib {write.attempt(number, said['usable-gib']) or 0} ;")
    if facts.get(graph.TW + "architecture") and like:
        write.line(f"    tw:architecture {literal(facts[graph.TW + 'architecture'][0])} ;")
    features = [f"tw:{p} {facts[graph.TW + p][0]}" for p in ("supportsBf16", "supportsFp8", "supportsFlashAttention2", "supportsBnb4bit") if graph.TW + p in facts]
    write.line(f"    {' ; '.join(features)} ;" if features else f"    # tw:supportsBf16 true ; tw:supportsFp8 false ; tw:supportsFlashAttention2 true ; tw:supportsBnb4bit true ;   # {TODO}")
    write.end("tw:tflopsBf16 100 ; tw:bandwidthGbs 900 ;   by data sheet, dense; time estimates read them")
    if seen:
        write.line(f"my:{write.ident}-visible-gib-{write.who} a tw:Claim ; tw:about my:{write.ident} ; tw:quantity tw:visibleGib ; tw:value {number(str(round(seen['mib'] / 1024, 2)))} ; tw:source {write.cites} ; tw:locator \"memory.total\" .")
    if "usd-per-hour" in said:
        write.line(f"my:{write.ident}-usd-per-hour-{write.who} a tw:Claim ; tw:about my:{write.ident} ; tw:quantity tw:usdPerHour ; tw:value {write.attempt(number, said['usd-per-hour']) or 0} ; tw:date \"{write.today.isoformat()}\"^^xsd:date ; {write.locator()}")


def _source(write: Writer, name: str, profiles: Path, cards: list[dict[str, Any]]) -> None:
    write.file.title = f"{name}: a source. What it says are claims: tunewise new claim NAME --source {write.ident}"
    arxiv = write.said.get("arxiv", "").removeprefix("arXiv:")
    if arxiv and not re.fullmatch(r"\d{4}\.\d{4,5}", arxiv):
        write.faults.append(f"'{arxiv[:30]}' is no arXiv number. Write it as 2305.14314")
    title = write.said.get("title")
    write.line(source_line(write, write.ident, write.said.get("label", name), title or name, write.said.get("evidence") or ("paper" if arxiv else "guide"), arxiv)
               + ("" if title else f"   # {TODO}: dcterms:title, the full title"))


def _claim(write: Writer, name: str, profiles: Path, cards: list[dict[str, Any]]) -> None:
    said, cat = write.said, write.catalogue
    write.file.title = f"{name}: what a source says. Claims are never merged: where others say otherwise, both are shown."
    if "about" not in said or ("says" not in said and "text" not in said):
        raise InputError("A claim wants --about THING and --says 'examples>=500' (or --text \"One sentence.\"). Example: tunewise new claim lora-needs-more --about lora --says 'examples>=500' --source our-runs")
    about = next((t for cls in ("Technique", "Model", "Gpu", "Thing") if (t := cat.find(cls, said["about"]))), None) or write.attempt(cat.resolve, "Technique", said["about"])
    write.source(f"notes on {name}", "guide")
    thing = curie(about) if about else "kb:x"
    if "says" in said:
        row = write.attempt(statement, cat, said["says"])
        write.line(f"my:{write.ident} a tw:Claim ; tw:about {thing} ; {row[1] if row else ''}{write.conditions()} ;\n    {write.locator()}")
    else:
        aspect = said.get("aspect", "note")
        if aspect not in ("benefit", "cost", "use", "how", "note"):
            write.faults.append(f"'{aspect[:30]}' is no aspect. Say benefit, cost, use, how or note")
        write.line(f"my:{write.ident} a tw:Statement ; tw:about {thing} ; tw:aspect tw:{aspect} ; tw:text {literal(comment(said['text']))}{write.conditions()} ;\n    {write.locator()}")
    if "refutes" in said:
        wrong = cat.assertions.get(said["refutes"])
        if wrong is None:
            near = difflib.get_close_matches(said["refutes"], cat.assertions, n=2)
            write.faults.append(f"No assertion '{said['refutes'][:60]}'.{' Did you mean ' + ' or '.join(near) + '?' if near else ''} tunewise why TECHNIQUE --all names those it rests on")
        else:
            write.line(f"\n# it stays, refuted, and no verdict reads it\n{curie(wrong)} tw:refutedBy my:{write.ident} .")
