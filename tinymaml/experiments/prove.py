"""`tinymaml prove`: all results, checked on many instances; or one of them, line by line. What is
computed is in theory/."""

import inspect
import math
import sys
import textwrap
import time

import numpy as np

from ..terminal.text import count, duration, paragraph, say
from ..theory import ASSUMPTIONS, RESULTS, families, survey, table
from ..theory.adversary import main_claim, worst_case
from ..theory.formula import plain
from .demo import INCOMPLETE

SECONDS = {
    "": 0.007,
    "signs": 0.005,
    "batches": 0.009,
}  # an instance, by what its proof enumerates; measured on one core
ADVERSARY = {"": 0.95, "signs": 0.35, "batches": 0.2}  # the adversary's, for a claim
QUIT = 130  # exit code
INDENT = "  "


def check_all(names=tuple(RESULTS), instances=None, seed=0, quick=False, markdown=False):
    """Check these results, print what was found. -> exit code: 0, or 1 if a line is false; 130 if
    Ctrl-C stopped it."""
    if quick:
        instances = survey.QUICK
    forecast(names, instances, quick)
    findings, start, code = [], time.perf_counter(), 0
    try:
        for finding in survey.survey(names, instances, seed, adversary=not quick):
            findings.append(finding)
            progress(finding, len(findings), len(names), time.perf_counter() - start)
    except KeyboardInterrupt:
        say(f"\nStopped after {len(findings)} of {count(len(names), 'result')}.")
        code = QUIT
    if findings:
        say("\n" + (as_markdown(findings) if markdown else as_text(findings)))
        say("\n" + conclusion(findings))
    return INCOMPLETE if any(finding.violations for finding in findings) else code


def forecast(names, instances, quick):
    """Say what is going to be done and how long it takes."""
    kinds = [RESULTS[name].enumerates for name in names]
    counts = [survey.INSTANCES[kind] if instances is None else instances for kind in kinds]
    seconds = sum(SECONDS[kind] * n for kind, n in zip(kinds, counts))
    seconds += (
        0
        if quick
        else sum(ADVERSARY[kind] * len(RESULTS[name].claims) for kind, name in zip(kinds, names))
    )
    several = (
        f"{min(counts)} to {max(counts)} random instances"
        if min(counts) < max(counts)
        else count(counts[0], "random instance")
    )
    say(
        paragraph(
            f"Checking every line of {count(len(names), 'result')} on {several}{' each' * (len(names) > 1)}"
            f"{'' if quick else ', and on the tightest that the adversary finds'}. On one core this takes {duration(seconds)}. "
            "Ctrl-C stops it and shows what was done."
        )
    )


def progress(finding, done, total, seconds):
    false = (
        f"{count(finding.violations, 'line')} FALSE" if finding.violations else "every line holds"
    )
    print(
        f"{done:3}/{total}  {finding.name:24}{count(finding.instances, 'instance'):16}{false}  ({seconds:.0f} s)",
        file=sys.stderr,
        flush=True,
    )


# ---- the table of all results

HEAD = ("claim", "lines", "instances", "false", "largest ratio", "found by", "gives most away")


def cells(claim):
    """A row of the table."""
    least, most = claim.lines
    silent = claim.identity or math.isnan(claim.tightness)
    return (
        claim.name,
        f"{least}" if least == most else f"{least}–{most}",
        f"{claim.instances}",
        f"{claim.violations}",
        "identity" if claim.identity else "–" if silent else ratio(claim.tightness),
        "" if silent else claim.found,
        f"{claim.share:.0%} {'' if claim.line is None else f'line {claim.line}, '}{claim.loses}"
        if claim.loses
        else "",
    )


def ratio(x):
    """Never rounded up to 1: 1 is said of a bound that is attained, to rounding."""
    return (
        "1" if x >= 1 - 1e-9 else f"{math.floor(x * 1e4) / 1e4:.4f}" if x >= 0.001 else f"{x:.1e}"
    )


def as_text(findings):
    """A line for each result, and below it one for each of its claims."""
    blocks = [
        (
            f"\n{finding.name}   {RESULTS[finding.name].title}",
            [cells(claim) for claim in finding.claims],
        )
        for finding in findings
    ]
    widths = [
        max(map(table.columns, column))
        for column in zip(HEAD, *(row for _, rows in blocks for row in rows))
    ]
    room = table.WIDTH - len(INDENT) - sum(widths[:-1]) - 2 * (len(HEAD) - 1)
    lines = []
    for heading, rows in [("", [HEAD]), *blocks]:
        lines += [heading] * bool(heading)
        for *row, where in rows:
            for k, part in enumerate(textwrap.wrap(where, room) or [""]):
                shown = [""] * len(row) if k else row
                lines.append(
                    (
                        INDENT
                        + "  ".join(
                            [
                                *(
                                    cell + " " * (w - table.columns(cell))
                                    for cell, w in zip(shown, widths)
                                ),
                                part,
                            ]
                        )
                    ).rstrip()
                )
    return "\n".join(lines)


def as_markdown(findings):
    """One row for each result, to paste into a README: of its claims the main one."""
    row = lambda parts: "| " + " | ".join(part.replace("|", "\\|") for part in parts) + " |"
    lines = [
        row(("result", "what it says", "lines", "instances", "false lines", *HEAD[-3:])),
        "|---" * 8 + "|",
    ]
    for finding in findings:
        result = RESULTS[finding.name]
        main = next(claim for claim in finding.claims if claim.name == main_claim(result))
        name, count, *_, tightness, found, loses = cells(main)
        instances = max(claim.instances for claim in finding.claims)
        lines.append(
            row(
                (
                    f"`{finding.name}`",
                    result.title,
                    count,
                    f"{instances}",
                    f"{finding.violations}",
                    tightness,
                    found,
                    loses,
                )
            )
        )
    return "\n".join(lines)


def conclusion(findings):
    chains, false = (
        sum(getattr(claim, name) for finding in findings for claim in finding.claims)
        for name in ("instances", "violations")
    )
    if false:
        return paragraph(
            f"{count(false, 'line')} of {chains:,} chains {'is' if false == 1 else 'are'} FALSE: "
            f"{', '.join(finding.name for finding in findings if finding.violations)}."
        )
    return paragraph(
        f"{chains:,} chains, and no line of them is false. That is no proof: the proof is the chain itself, for every instance. "
        "`tinymaml prove --result NAME` shows one. Ratios are left side / right side, for N ≥ 2 and α ≥ 1/(8NL): as α → 0 most bounds "
        "become tight, and say nothing. A ratio of 1 says that the bound is attained."
    )


# ---- one result


def show(name, seed=0, worst=False):
    """What a result says and assumes, and each claim's proof with its numbers on one instance. ->
    exit code."""
    result = RESULTS[name]
    say(
        f"{name.replace('_', ' ').capitalize()}. {result.title}\n\n{INDENT}{plain(result.statement)}\n\nIt assumes"
    )
    for tag in result.assumes:
        say(
            textwrap.fill(
                f"{tag:16}{ASSUMPTIONS[tag]}",
                table.WIDTH,
                initial_indent=INDENT,
                subsequent_indent=INDENT + " " * 16,
            )
        )
    say(f"\n{result.reference}.")
    chains, absent = {}, {}
    if not worst:
        x, chains, absent = sample(result, seed)
        say(f"\nOn a random instance (seed {seed}): {x!r}")
    for claim, proof in result.claims.items():
        words = inspect.getdoc(
            getattr(proof, "func", proof)
        )  # of a functools.partial: what it is a part of
        say(f"\n{paragraph(words)}\n" if words else "")
        if worst:
            try:
                found = worst_case(name, claim=claim, seed=seed)
            except ValueError as error:  # no instance that it tries meets the claim's conditions
                absent[claim] = error
            else:
                say(
                    f"On the tightest instance that the adversary finds ({found.found}): {found.instance!r}"
                )
                chains[claim] = found.chain
        say(
            table.text(chains[claim])
            if claim in chains
            else f"{claim}: no instance, {absent[claim]}"
        )
    return INCOMPLETE if any(chain.violations for chain in chains.values()) else 0


def sample(result, seed):
    """A small random instance, on which as many claims as possible hold: their conditions are met
    -> it, its chains, those absent."""
    rng = np.random.default_rng(seed)
    tried = []
    for _ in range(20):
        x = families.draw(rng, result, steps=2)
        chains = result.evaluate(x)
        tried.append((x, chains, chains.absent))
        if not chains.absent:
            break
    return min(tried, key=lambda found: len(found[2]))
