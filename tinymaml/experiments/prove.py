"""`tinymaml prove`: all results, checked on many instances; or one of them, line by line. What is computed is in theory/."""
import math
import sys
import textwrap
import time

import numpy as np

from ..theory import ASSUMPTIONS, RESULTS, families, survey, table
from ..theory.formula import plain
from .demo import INCOMPLETE, count, duration, paragraph, say

SECONDS = {"": 0.004, "signs": 0.01, "batches": 0.1}        # an instance, by what its proof enumerates; measured
ADVERSARY = 1.0                                             # seconds for a claim; measured
QUIT = 130                                                  # exit code
INDENT = "  "


def check_all(names=tuple(RESULTS), instances=None, seed=0, quick=False, markdown=False):
    """Check these results, print what was found. -> exit code: 0, or 1 if a line is false; 130 if Ctrl-C stopped it."""
    if quick:
        instances = survey.QUICK
    forecast(names, instances, quick)
    findings, start, code = [], time.perf_counter(), 0
    try:
        for finding in survey.survey(names, instances, seed, budget=0 if quick else None):
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
    kinds = [RESULTS[name].enumerates for name in names]
    seconds = sum(SECONDS[kind] * (survey.INSTANCES[kind] if instances is None else instances) for kind in kinds)
    seconds += 0 if quick else ADVERSARY * sum(len(RESULTS[name].claims) for name in names)
    counts = sorted({survey.INSTANCES[kind] if instances is None else instances for kind in kinds})
    say(paragraph(f"Checking every line of {count(len(names), 'result')}, each on {' to '.join({counts[0]: 0, counts[-1]: 0} and [str(n) for n in {counts[0]: 0, counts[-1]: 0}])} "
                  f"random instances{'' if quick else ' and on the worst that the adversary finds'}. This takes {duration(seconds)}; "
                  "Ctrl-C stops it and shows what was done.") + "\n")


def progress(finding, done, total, seconds):
    false = f"{count(finding.violations, 'line')} FALSE" if finding.violations else "every line holds"
    print(f"{done:3}/{total}  {finding.name:24}{count(finding.instances, 'instance'):16}{false}  ({seconds:.0f} s)", file=sys.stderr, flush=True)


# ---- the table of all results

HEAD = ("result", "claim", "lines", "chains", "false", "largest ratio", "found by", "gives most away")


def rows(findings):
    """A row for each claim."""
    for finding in findings:
        for k, claim in enumerate(finding.claims):
            least, most = claim.lines
            where = "" if not claim.loses else f"{claim.share:.0%} {'' if claim.line is None else f'line {claim.line}, '}{claim.loses}"
            nothing = claim.identity or math.isnan(claim.tightness)
            yield ("" if k else finding.name, claim.name, f"{least}" if least == most else f"{least}–{most}", f"{claim.chains}",
                   f"{claim.violations}", "identity" if claim.identity else "–" if nothing else ratio(claim.tightness), "" if nothing else claim.found, where)


def ratio(x):
    """Never rounded up to 1: 1 is said of a bound that is attained, to rounding."""
    return "1" if x >= 1 - 1e-9 else f"{math.floor(x * 1e4) / 1e4:.4f}" if x >= 0.001 else f"{x:.1e}"


def as_text(findings, width=table.WIDTH):
    cells = [HEAD, *rows(findings)]
    widths = [max(table.columns(row[k]) for row in cells) for k in range(len(HEAD))]
    widths[-1] = width - sum(widths[:-1]) - 2 * (len(HEAD) - 1)
    lines = []
    for n, row in enumerate(cells):
        if n and row[0]:                                    # a result's first claim: its name and title above it
            lines.append("")
        wrapped = textwrap.wrap(row[-1], widths[-1]) or [""]
        for k, part in enumerate(wrapped):
            lines.append("  ".join(cell + " " * (w - table.columns(cell)) for cell, w in zip((*([""] * 7 if k else row[:-1]), part), widths)).rstrip())
    return "\n".join(lines)


def as_markdown(findings):
    """The same, to paste into a README."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows(findings))])


def conclusion(findings):
    chains, false = (sum(getattr(claim, name) for finding in findings for claim in finding.claims) for name in ("chains", "violations"))
    if false:
        return paragraph(f"{count(false, 'line')} of {chains:,} chains {'is' if false == 1 else 'are'} FALSE: "
                         f"{', '.join(finding.name for finding in findings if finding.violations)}.")
    return paragraph(f"{chains:,} chains, and no line of them is false. That is no proof: the proof is the chain itself, for every instance. "
                     "`tinymaml prove --result NAME` shows one. A ratio of 1 says that the bound is attained.")


# ---- one result

def show(name, seed=0, worst=False):
    """What a result says and assumes, and each claim's proof with its numbers on one instance. -> exit code."""
    result = RESULTS[name]
    say(f"{table.title(named(name))}. {result.title}\n\n{INDENT}{plain(result.statement)}\n\nIt assumes")
    for tag in result.assumes:
        say(textwrap.fill(f"{tag:16}{ASSUMPTIONS[tag]}", table.WIDTH, initial_indent=INDENT, subsequent_indent=INDENT + " " * 16))
    say(f"\n{result.reference}.")
    chains = {}
    if not worst:
        x, chains, absent = sample(result, seed)
        say(f"\nOn a random instance (seed {seed}): {x!r}")
    for claim, proof in result.claims.items():
        if worst:
            found = survey.adversary(name, claim, seed, None)
            say(f"\nOn the tightest instance that the adversary finds for {claim} ({found.found}): {found.instance!r}")
            chains[claim] = found.chain
        say(f"\n{first_line(proof)}\n" if proof.__doc__ else "")
        say(table.text(chains[claim]) if claim in chains else f"{claim}: not on this instance, {absent[claim]}")
    return INCOMPLETE if any(chain.violations for chain in chains.values()) else 0


def sample(result, seed):
    """A small random instance, on which as many claims as possible hold: their conditions are met -> it, its chains, those absent."""
    rng = np.random.default_rng(seed)
    tried = []
    for _ in range(20):
        x = families.draw(rng, result, steps=2)
        chains = result.evaluate(x)
        tried.append((x, chains, chains.absent))
        if not chains.absent:
            break
    return min(tried, key=lambda found: len(found[2]))
