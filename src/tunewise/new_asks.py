"""What a person may say of each kind of knowledge: one Ask is a flag, and a question where there is a terminal."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ask:
    """One thing a person may say: a flag, and a question where there is a terminal (none: by flag only)."""

    flag: str
    help: str
    question: str = ""


_WHO = (Ask("source", "who says so: a source's id or name, known or new", "Who says so? A paper, a page, your own runs (Enter: your notes)"), Ask("evidence", "how a new source weighs: measured, vendor, paper, projectDocs or guide"),
        Ask("arxiv", "arXiv number of a new source: 2305.14314"), Ask("locator", "where in the source: section, table, page, run"), Ask("date", "date of the source: YYYY-MM-DD, YYYY-MM or YYYY"))
_NAMED = (Ask("label", "the name people read, NAME where not said"), Ask("also", "other names, separated by commas"))
ASKS: dict[str, tuple[Ask, ...]] = {
    "technique": (*_NAMED, Ask("definition", "one sentence: PARENT that differs by ...", "What is it, in one sentence (PARENT that differs by ...)?"), Ask("kind", "approach, the main step of a plan; or practice, added to one"),
                  Ask("variant-of", "the technique whose claims and settings it inherits; its other facts are copied", "Of which technique is it a variant (Enter: none)?"),
                  Ask("family", "the family it stands under", "Under which family does it stand (Enter: that of the variant)?"), Ask("objective", "what its training minimises"), Ask("parametrisation", "which numbers it trains"),
                  Ask("base-weights", "how the base is stored"), Ask("trains-on", "ownGpu, smallGpu, providerGpu or noGpu"), Ask("serves", "goals, separated by commas", "Which goals does it serve, separated by commas (Enter: those of the variant)?"),
                  Ask("from-peft", "the class of PEFT that builds it", "Which class of PEFT builds it (Enter: none)?"), Ask("set", "keyword=value of that class, several separated by commas", ""), Ask("trainer", "module.Class of the training loop"),
                  Ask("needs", "requirements, separated by commas: 'examples>=500,compute_capability>=8.0'", "What does it need, such as examples>=500 (Enter: nothing)?"),
                  Ask("choose", "why one should choose it, in one sentence", "Why should one choose it, in one sentence (Enter: not yet)?"), Ask("when", "in which case, separated by commas: 'goal=learn-a-task,quality_need=highest'", "In which case, such as goal=learn-a-task (Enter: any)?"), *_WHO),
    "model": (*_NAMED, Ask("from", "its config.json, a folder that holds one, or a Hub id in the local cache", "Where is its config.json, or which Hub id has it in the cache?"), Ask("definition", "one sentence: OWNER's model that ...", "What is it, in one sentence?"),
              Ask("hub-id", "owner/name on the Hub"), Ask("licence", "the publisher's licence identifier"), Ask("access", "openWeights, gatedWeights, apiOnly or unverified"), Ask("model-kind", "base, instruct, reasoning, code, math, vision-language, embedding"), *_WHO),
    "gpu": (*_NAMED, Ask("definition", "one sentence: card that differs by ...", "What is it, in one sentence?"), Ask("memory-gib", "memory as the card is named", "How much memory has it, in GiB as the card is named?"),
            Ask("usable-gib", "memory a process can allocate"), Ask("compute-capability", "CUDA compute capability, 8.9", "Which compute capability has it (Enter: not known)?"), Ask("like", "a card of the same chip: its features are copied"),
            Ask("usd-per-hour", "rent for one card and hour"), *_WHO),
    "source": (Ask("label", "the short name that fits into a sentence"), Ask("title", "the full title", "Its full title?"), Ask("evidence", "measured, vendor, paper, projectDocs or guide", "How does it weigh: measured, vendor, paper, projectDocs or guide?"),
               Ask("date", "YYYY-MM-DD, YYYY-MM or YYYY", "Its date (Enter: not known)?"), Ask("arxiv", "arXiv number: 2305.14314")),
    "claim": (Ask("about", "the technique, model, GPU or tool it is about", "What is it about: a technique, a model, a GPU?"), Ask("says", "examples>=500 (a requirement), quality_vs_full=99.5 (a value), trainable_share=0.1..1 (a range)", "What does it say, such as examples>=500 or quality_vs_full=99.5?"),
              Ask("text", "a statement in words instead of a figure"), Ask("aspect", "benefit, cost, use, how or note, for a statement in words"), Ask("when", "the case it was said of: 'params_b=6.5..7.5'", "Of which case was it said (Enter: any)?"),
              Ask("refutes", "the assertion it shows to be wrong"), *_WHO),
}
