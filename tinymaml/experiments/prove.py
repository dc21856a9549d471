"""`tinymaml prove`: all results, checked on many instances; or one of them, line by line. What is
computed is in theory/."""

import inspect
import math
import sys
import textwrap
import time
from itertools import zip_longest

import numpy as np

from ..terminal.text import align, column_widths, count, duration, paragraph, say
from ..theory import ASSUMPTIONS, RESULTS, families, nearness, survey, table
from ..theory.adversary import main_claim, name_in_words, worst_case
from ..theory.chain import UP_TO_A_FACTOR
from ..theory.formula import plain
from .demo import INCOMPLETE

# seconds on one core, measured, by what a proof enumerates: for an instance, and the adversary's
# for a claim
SECONDS = {"": 0.007, "signs": 0.005, "batches": 0.009}
ADVERSARY = {"": 0.95, "signs": 0.35, "batches": 0.2}
QUIT = 130  # exit code
INDENT = "  "


def check_all(names=tuple(RESULTS), instances=None, seed=0, quick=False, markdown=False):
    """Check these results, print what was found. -> exit code: 0, or 1 if a line is false; 130 if
    Ctrl-C stopped it."""
    if quick:
        instances = survey.QUICK
    forecast(names, instances, quick)
    findings = []
    code = 0
    start = time.perf_counter()
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
    if any(finding.violations for finding in findings):
        return INCOMPLETE
    return code


def forecast(names, instances, quick):
    """Say what is going to be done and how long it takes."""
    seconds = 0
    counts = []
    for name in names:
        result = RESULTS[name]
        n = survey.INSTANCES[result.enumerates] if instances is None else instances
        counts.append(n)
        seconds += SECONDS[result.enumerates] * n
        if not quick:
            seconds += ADVERSARY[result.enumerates] * len(result.claims)
    fewest, most = min(counts), max(counts)
    several = count(most, "random instance")
    if fewest < most:
        several = f"{fewest} to {several}"
    if len(names) > 1:
        several += " each"
    adversary = "" if quick else ", and on the tightest that the adversary finds"
    say(
        paragraph(
            f"Checking every line of {count(len(names), 'result')} on {several}{adversary}. "
            f"On one core this takes {duration(seconds)}. "
            "Ctrl-C stops it and shows what was done."
        )
    )


def progress(finding, done, total, seconds):
    """A line on stderr for a result that has been checked."""
    false = (
        f"{count(finding.violations, 'line')} FALSE" if finding.violations else "every line holds"
    )
    print(
        f"{done:3}/{total}  {finding.name:24}{count(finding.instances, 'instance'):16}"
        f"{false}  ({seconds:.0f} s)",
        file=sys.stderr,
        flush=True,
    )


# ---- the table of all results

HEAD = ("claim", "lines", "instances", "false", "how near", "by", "gives most away")
WIDTHS = {4: 26, 5: 26}  # of columns that are wrapped


def cells(claim):
    """A row of the table."""
    least, most = claim.lines
    lines = f"{least}" if least == most else f"{least}–{most}"
    loses = ""
    if claim.loses:
        line = "" if claim.line is None else f"line {claim.line}, "
        loses = f"{claim.share:.0%} {line}{claim.loses}"
    counts = f"{claim.instances}", f"{claim.violations}"
    return claim.name, lines, *counts, *how_near(claim), loses


def how_near(claim):
    """How near the claim's bound is attained, and by whom."""
    if claim.attained is None:
        if claim.identity or math.isnan(claim.tightness):
            return "identity" if claim.identity else "–", ""
        return f"up to a factor {nearness.factor_in_words(1 / claim.tightness)}", claim.found
    words = nearness.in_words(claim.attained, claim.tightness)
    if claim.attained.how == UP_TO_A_FACTOR and claim.found:
        return words, claim.found
    return words, name_in_words(claim.attained.by)


def as_text(findings):
    """A line for each result, and below it one for each of its claims."""
    rows = [("", HEAD)]  # what stands above a row, and its cells
    for finding in findings:
        heading = f"\n{finding.name}   {RESULTS[finding.name].title}"
        for claim in finding.claims:
            rows.append((heading, cells(claim)))
            heading = ""
    *widths, _ = column_widths(row for _, row in rows)
    for column, most in WIDTHS.items():
        widths[column] = min(widths[column], most)
    widths.append(table.WIDTH - len(INDENT) - sum(widths) - 2 * len(widths))
    wrapped = []
    for heading, row in rows:
        parts = [textwrap.wrap(cell, room) for cell, room in zip(row, widths, strict=True)]
        for line in zip_longest(*parts, fillvalue=""):
            wrapped.append((heading, line))
            heading = ""
    lines = []
    aligned = align(row for _, row in wrapped)
    for (heading, _), line in zip(wrapped, aligned, strict=True):
        if heading:
            lines.append(heading)
        lines.append(INDENT + line)
    return "\n".join(lines)


def as_markdown(findings):
    """One row for each result, to paste into a page: of its claims the main one."""

    def row(parts):
        return "| " + " | ".join(part.replace("|", "\\|") for part in parts) + " |"

    lines = [
        row(("result", "what it says", "lines", "instances", "false lines", *HEAD[-3:])),
        "|---" * 8 + "|",
    ]
    for finding in findings:
        result = RESULTS[finding.name]
        main = next(claim for claim in finding.claims if claim.name == main_claim(result))
        name, count, *_, near, by, loses = cells(main)
        instances = max(claim.instances for claim in finding.claims)
        lines.append(
            row(
                (
                    f"`{finding.name}`",
                    result.title,
                    count,
                    f"{instances}",
                    f"{finding.violations}",
                    near,
                    by,
                    loses,
                )
            )
        )
    return "\n".join(lines)


def conclusion(findings):
    """What was found, in a sentence, and how to read the table."""
    claims = [claim for finding in findings for claim in finding.claims]
    chains = sum(claim.instances for claim in claims)
    false = sum(claim.violations for claim in claims)
    if false:
        names = ", ".join(finding.name for finding in findings if finding.violations)
        are = "is" if false == 1 else "are"
        return paragraph(f"{count(false, 'line')} of {chains:,} chains {are} FALSE: {names}.")
    return paragraph(
        f"{chains:,} chains, and no line of them is false. That is no proof: the proof is the "
        "chain itself, for every instance. `tinymaml prove --result NAME` shows one. Factors are "
        "right side / left side at the tightest instance found, for N ≥ 2 and α ≥ 1/(8NL): as α → "
        "0 most bounds become tight, and say nothing."
    )


# ---- one result


def show(name, seed=0, worst=False):
    """What a result says and assumes, and each claim's proof with its numbers on one instance. ->
    exit code."""
    result = RESULTS[name]
    say(f"{name.replace('_', ' ').capitalize()}. {result.title}\n")
    say(f"{INDENT}{plain(result.statement)}\n")
    say("It assumes")
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
        function = getattr(proof, "func", proof)  # of a functools.partial: what it is a part of
        words = inspect.getdoc(function)
        say(f"\n{paragraph(words)}\n" if words else "")
        if worst:
            try:
                found = worst_case(name, claim=claim, seed=seed)
            except ValueError as error:  # no instance that it tries meets the claim's conditions
                absent[claim] = error
            else:
                where = f"the tightest instance that the adversary finds ({found.found})"
                say(f"On {where}: {found.instance!r}")
                chains[claim] = found.chain
        if claim in chains:
            say(table.text(chains[claim]))
            if claim in result.attained:
                say(paragraph(nearness_of(result, claim)))
        else:
            say(paragraph(f"{claim}: no instance, {absent[claim]}"))
    return INCOMPLETE if any(chain.violations for chain in chains.values()) else 0


def nearness_of(result, claim):
    """How near the claim's bound is attained, in a sentence."""
    worst = nearness.nearest(result, claim)
    tightness = math.nan if worst is None else worst.tightness
    return nearness.sentence(result.attained[claim], tightness)


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
    return min(tried, key=lambda attempt: len(attempt[2]))
