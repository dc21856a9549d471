"""The judge of the blank page 19.theorem: Theorem 2's step as a chain of code lines.

A line is judged by what it rests on. It may be false on no instance, nor on made-up numbers that
satisfy all facts; and where they satisfy all except one, the lines that name this fact are false,
and no others.
"""

import functools
from types import FunctionType, GeneratorType

import numpy as np

from ..compare import side_by_side, text, type_of
from ..exercise import Accepted
from ..proofs import is_real, looks_beyond, words
from . import theorem_facts as facts
from .shared import plural, unattempted
from .theorem_facts import FACTS, RELATIONS
from .theorem_slips import ALGEBRA, SLIPS

START = "start"
CLOSE = 1e-9  # how far two numbers may be off by rounding, relative to the chain's largest
SPELLED = {name.lower(): name for name in (START, *RELATIONS)}
SAYS = {fact.name: fact.says for fact in FACTS}


class Complaint(Exception):
    """What is wrong with a chain."""


class Chains:
    """An answer's chain: the reasons of its lines, and their numbers on many `Trial`s."""

    def __init__(self, answer):
        self.answer = answer
        self.known = {}  # trials -> values, (trials, lines)
        self.reasons = self.lines(facts.instances()[0])[1]

    def lines(self, trial):
        """The lines on a Trial: numbers, reasons. Raises Complaint where they are not that."""
        found = self.answer(trial.parts)
        if isinstance(found, GeneratorType):
            found = list(found)
        if unattempted(found):
            raise NotImplementedError
        if not isinstance(found, (list, tuple)) or not found:
            got = "nothing (is there a `return`?)" if found is None else type_of(found)
            raise Complaint(f"`one_step` returns a list of lines; yours returns {got}.")
        for number, line in enumerate(found):
            if not (isinstance(line, (list, tuple)) and len(line) == 2 and type(line[1]) is str):
                raise Complaint(
                    f"Line {number} is {text(line)}; a line is a pair, (number, reason), such as "
                    '(part.change, "start").'
                )
            if not is_real(line[0]) or not np.isfinite(line[0]):
                raise Complaint(f"On {trial.name} line {number} is {text(line[0])}, no number.")
        return [float(value) for value, _ in found], [spelled(reason) for _, reason in found]

    def values(self, trials):
        """(trials, lines)"""
        if trials not in self.known:
            rows = []
            for trial in trials:
                values, reasons = self.lines(trial)
                if reasons != self.reasons:
                    raise Complaint(
                        f"On {trial.name} the chain has other lines than elsewhere. The lines of a "
                        "proof are the same, whatever the numbers are."
                    )
                rows.append(values)
            self.known[trials] = np.array(rows)
        return self.known[trials]

    def rises(self, k, trials):
        """(trials,): by how much line k exceeds line k − 1; 0 where that is rounding."""
        values = self.values(trials)
        rise = values[:, k] - values[:, k - 1]
        return np.where(abs(rise) > CLOSE * np.abs(values).max(1), rise, 0.0)

    def seen(self, k, trials, wrong):
        """ "on a finite sum ..., line 3 is 0.1 and line 4 0.2": of the Trials that are wrong the
        first on which it is by 1%, or the worst."""
        values = self.values(trials)
        share = abs(self.rises(k, trials)) / np.abs(values).max(1) * wrong
        place = int(np.argmax(share > 0.01 if (share > 0.01).any() else share))
        above, value = side_by_side(*values[place, k - 1 : k + 1])
        return f"on {trials[place].name}, line {k - 1} is {above} and line {k} is {value}"


def spelled(reason):
    """A reason as the lesson spells it."""
    plain = " ".join(reason.split())
    return SPELLED.get(plain.lower(), plain)


# What is asked of a chain: functions that raise Complaint.


def check_reasons(chains):
    """Is every reason one of the lesson's, and "start" the first?"""
    for number, reason in enumerate(chains.reasons):
        if (number == 0) != (reason == START):
            raise Complaint(f'Line 0, and no other, is the "start"; line {number} is "{reason}".')
        if reason not in (START, *RELATIONS):
            expected = words(sorted(map(quoted, RELATIONS)))
            raise Complaint(f'Line {number} names "{reason}". The reasons are {expected}.')
    for trials in (facts.where_all_hold(), *map(facts.without, SAYS)):
        starts = [trial.parts.change for trial in trials]
        if not np.allclose(chains.values(trials)[:, 0], starts, CLOSE, 0):
            raise Complaint("Line 0 is `part.change`, E𝓛(w⁺) − 𝓛(w), and nothing else.")


def check_line(chains, k):
    """Does line k follow from line k − 1 by the reason that it names, and by no more?"""
    fault = find_fall(chains, k) or find_other_reason(chains, k) or find_rise(chains, k)
    if not fault:
        return
    says, seen, then = fault
    slip = recognise_slip(chains, k)
    if slip:
        says, then = f"Line {k} is wrong", slip
    where = f": {seen}" if seen else ""
    raise Complaint(f"{says}{where}. {then}".rstrip())


def find_fall(chains, k):
    """Is line k false? -> None, or what is wrong, where it is seen, what to do."""
    trials = facts.where_all_hold()
    falls = chains.rises(k, trials) < 0
    if not falls.any():
        return None
    reason = chains.reasons[k]
    then = describe(reason)
    if not chains.rises(k, facts.as_equalities(low=reason == "L_w >= A")).any():
        then = f"An inequality is used the wrong way round. {then}"
    return f"Line {k} is false", chains.seen(k, trials, falls), f"A chain may not fall. {then}"


def find_other_reason(chains, k):
    """Is line k true where its reason is violated, or false where another fact is? -> as
    `find_fall`."""
    reason = chains.reasons[k]
    needed = {}  # the facts that it rests on -> where that is seen
    for name in SAYS:
        trials = facts.without(name)
        falls = chains.rises(k, trials) < 0
        if falls.any():
            needed[name] = chains.seen(k, trials, falls)
    says = f'Line {k} names "{reason}"'
    others = [name for name in needed if name != reason]
    if len(others) == len(needed) == 1:
        return f'{says}, and rests on "{others[0]}" instead', needed[others[0]], ""
    if others:
        rests_on = words([quoted(name) for name in needed])
        if len(needed) > 3:
            rests_on = f"{len(needed)} facts"
        then = (
            "Write the line between, or take the facts in another order: an inequality may be "
            "multiplied only by what is known not to be negative."
        )
        return f"{says}, and rests on {rests_on}", needed[others[0]], then
    if reason in SAYS and not needed:
        then = f'It is line {k - 1} in other words: its reason is "rewrite".'
        if chains.rises(k, facts.where_all_hold()).any():
            then = 'Either it gives away more than that takes, or its reason is "drop".'
        return f"{says}, and stays true where that is violated", "", then
    return None


def find_rise(chains, k):
    """Does line k rise where its reason leaves no room for it? -> as `find_fall`."""
    reason = chains.reasons[k]
    trials = facts.where_all_hold()
    if reason == "drop":
        return find_bad_drop(chains, k)
    if RELATIONS[reason] == "<=":  # where that is an equality
        trials = facts.as_equalities(low=reason == "L_w >= A")
    rises = chains.rises(k, trials) > 0
    if not rises.any():
        return None
    then = (
        f"The two should be equal there. {describe(reason)} What is left out because it is not "
        'positive goes in a line of its own, "drop".'
    )
    return f'Line {k} gives away more than "{reason}" does', chains.seen(k, trials, rises), then


def find_bad_drop(chains, k):
    """Does line k, a "drop", drop nothing, or so much that the theorem is lost? -> as
    `find_fall`."""
    if not chains.rises(k, facts.where_all_hold()).any():
        return f'Line {k} drops nothing: its reason is "rewrite"', "", ""
    trials = facts.as_equalities()
    values = chains.values(trials)
    for trial, value, scale in zip(trials, values[:, k], np.abs(values).max(1), strict=True):
        if value > trial.parts.end + CLOSE * scale:
            value, end = side_by_side(value, trial.parts.end)
            seen = f"on {trial.name}, it is {value}, and the chain is to end at {end}"
            return f"Line {k} drops too much", seen, "From there it would have to fall."
    return None


def describe(reason):
    """What a reason says, as a sentence."""
    return f'"{reason}" says {SAYS[reason]}.' if reason in SAYS else ALGEBRA[reason]


def recognise_slip(chains, k):
    """What to say where a belief explains line k; else ""."""
    if (chains.rises(k, facts.where_all_hold()) >= 0).all():
        for low in (False, True):
            if not chains.rises(k, facts.as_equalities(low=low)).any():
                return ""  # its numbers are right, and its reason is not
    for number, (sentence, _) in enumerate(SLIPS):
        if not chains.rises(k, believing(number)).any():
            return sentence
    return ""


@functools.cache
def believing(number):
    """Trials in which the belief behind a slip is true."""
    return facts.made_up("numbers made up", slack=0.25, beliefs=SLIPS[number][1])


def quoted(name):
    """A reason as it is typed."""
    return f'"{name}"'


def check_end(chains):
    """Is the last line the theorem's?"""
    trials = facts.where_all_hold()
    last = chains.values(trials)[:, -1]
    ends = np.array([trial.parts.end for trial in trials])
    wrong = abs(last - ends) > CLOSE * np.abs(chains.values(trials)).max(1)
    if not wrong.any():
        return
    place = int(np.argmax(wrong))
    got, expected = side_by_side(last[place], ends[place])
    open_ones = [quoted(name) for name in RELATIONS if name not in (*chains.reasons, "rewrite")]
    left = f"Not named so far: {words(open_ones)}." if open_ones else "What is left is to rewrite."
    raise Complaint(
        f"As far as it goes, the chain holds: {plural(len(chains.reasons), 'line')}. It ends at "
        f"{got} on {trials[place].name}, and Theorem 2's step at {expected}. {left}"
    )


def make_trials():
    """Make all Trials, once for all answers."""
    facts.where_all_hold()
    for name in SAYS:
        facts.without(name)
    for number in range(len(SLIPS)):
        believing(number)


def judge_one_step(names):
    answer = names["one_step"]
    if unattempted(answer):
        raise NotImplementedError
    if not isinstance(answer, FunctionType):
        return f"`one_step` is a function, written with `def`; yours is {type_of(answer)}."
    beyond = looks_beyond(answer)
    if beyond:
        return f"This answer looks at {beyond}; a line is made of `part` and arithmetic alone."
    try:
        chains = Chains(answer)
        check_reasons(chains)
        for k in range(1, len(chains.reasons)):
            check_line(chains, k)
        check_end(chains)
    except Complaint as complaint:
        return str(complaint)
    return Accepted(praise(chains))


def praise(chains):
    """For a chain that is right: where it gives most away."""
    values = chains.values(facts.instances())
    shares = np.median(np.diff(values) / (values[:, -1:] - values[:, :1]), 0)
    largest = int(np.argmax(shares)) + 1
    return (
        f"Every line holds on {len(values)} instances, and is false where the fact that it names "
        f'is. Most is given away by line {largest}, "{chains.reasons[largest]}": '
        f"{shares.max():.0%} of the slack in the median."
    )
