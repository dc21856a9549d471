"""The state of a NumPy generator: kept, made into a generator again, written as JSON."""

from typing import Any, NamedTuple

import numpy as np

SMALL = 2**63  # whole numbers from here on are written in hexadecimal, which knows no limit


class GeneratorState(NamedTuple):
    """What a generator draws next depends on this alone."""

    kind: type[np.random.BitGenerator]  # PCG64, MT19937, ...
    numbers: dict[str, Any]  # of the bit generator
    seeds: dict[str, Any] | None  # of its seed sequence, from which rng.spawn makes others

    @classmethod
    def of(cls, rng: np.random.Generator) -> "GeneratorState":
        """The state now. It does not follow the generator."""
        bits = rng.bit_generator
        seeds = getattr(bits.seed_seq, "state", None)
        return cls(type(bits), dict(bits.state), seeds)

    def generator(self) -> np.random.Generator:
        """A new generator in this state."""
        if self.seeds is None:
            bits = self.kind()
        else:
            bits = self.kind(np.random.SeedSequence(**self.seeds))
        bits.state = self.numbers
        return np.random.Generator(bits)

    def to_json(self) -> dict[str, Any]:
        """What `json` can write. Raises TypeError for a bit generator that is not NumPy's own."""
        if getattr(np.random, self.kind.__name__, None) is not self.kind:
            raise TypeError(
                f"the bit generator {self.kind.__name__} is not one of NumPy's own, "
                "and only those can be saved"
            )
        return {
            "kind": self.kind.__name__,
            "numbers": encode(self.numbers),
            "seeds": encode(self.seeds),
        }

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> "GeneratorState":
        """What `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
        kind = getattr(np.random, written["kind"], None)
        if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
            raise ValueError(f"this NumPy has no bit generator {written['kind']!r}")
        return cls(kind, decode(written["numbers"]), decode(written["seeds"]))


def encode(value: Any) -> Any:
    """Nested dicts, lists, arrays and whole numbers of any size, in what JSON knows."""
    if isinstance(value, dict):
        return {name: encode(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(part) for part in value]
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.name, "values": encode(value.tolist())}
    if isinstance(value, (int, np.integer)) and not -SMALL < value < SMALL:
        return {"hexadecimal": hex(value)}
    return int(value) if isinstance(value, np.integer) else value


def decode(value: Any) -> Any:
    """What `encode` was given; its tuples are lists."""
    if isinstance(value, list):
        return [decode(part) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"hexadecimal"}:
        return int(value["hexadecimal"], 16)
    parts = {name: decode(part) for name, part in value.items()}
    if set(parts) == {"dtype", "values"}:
        return np.array(parts["values"], parts["dtype"])
    return parts
