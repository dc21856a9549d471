"""GPUs: what is published about them. The model (gpu_model.py) predicts from it; `tinymaml bench
--target cuda` takes the peak from it."""

from typing import NamedTuple

from .machine import Limits

# Multiply-adds a cycle in one multiprocessor, in float32 and float64, by compute capability: CUDA
# C++ Programming Guide, "Arithmetic instructions: throughput of native arithmetic instructions"
PER_CYCLE = {
    (6, 0): (64, 32),
    (6, 1): (128, 4),
    (7, 0): (64, 32),
    (7, 5): (64, 2),
    (8, 0): (64, 32),
    (8, 6): (128, 2),
    (8, 7): (128, 2),
    (8, 9): (128, 2),
    (9, 0): (128, 64),
    (10, 0): (128, 64),
    (12, 0): (128, 2),
}


class Device(NamedTuple):
    """A GPU. A multiprocessor is the part of it that whole blocks run on."""

    name: str
    capability: tuple[int, int]  # compute capability
    multiprocessors: int
    clock: float  # GHz, boost
    memory: float  # GB/s
    cache: float  # MB of L2, which all multiprocessors share
    near: int  # KB of L1 in each multiprocessor
    threads: int  # that a multiprocessor can hold
    cache_rate: int  # bytes a cycle that L2 gives, to all together
    near_rate: int  # bytes a cycle that L1 gives, in each
    latency: tuple[int, int, int]  # cycles until a number is there: from L1, from L2, from memory

    def limits(self):
        """The roofline of the vendor's figures: peak, L2 and memory."""
        return GpuLimits(
            peaks(self.capability, self.multiprocessors, self.clock),
            self.cache_rate * self.clock,
            self.memory,
        )


# Multiprocessors, clock, memory, sizes of caches, threads: the vendor's. T4: datasheet (320 GB/s,
# 8.1 TFLOP/s), "NVIDIA Turing GPU architecture" (2018). A100 SXM4 40 GB: "NVIDIA A100 Tensor Core
# GPU architecture" (2020), with 5120 bytes a cycle from L2. RTX 4090: "NVIDIA Ada GPU architecture"
# (2022). H100 SXM5: "NVIDIA H100 Tensor Core GPU architecture" (2022); the clock is that of the
# datasheet's 67 TFLOP/s. Latencies are microbenchmarks', to within a few cycles. T4, and its L2
# (1270 GB/s): Jia, Maggioni, Smith & Scarpazza, "Dissecting the NVidia Turing T4 GPU via
# microbenchmarking" (2019); the others: Luo et al., "Benchmarking and dissecting the Nvidia Hopper
# GPU architecture" (2024). Guesses: T4's latency of memory; the L2 rates of RTX 4090 and H100,
# round numbers near what is reported; L1's rates, the widest that a multiprocessor can load.
DEVICES = {
    d.name: d
    for d in [
        #       name      capability  SMs clock memory  L2   L1 threads L2/cycle L1/cycle latencies
        Device("T4", (7, 5), 40, 1.59, 320, 4, 64, 1024, 800, 64, (32, 188, 600)),
        Device("A100", (8, 0), 108, 1.41, 1555, 40, 192, 2048, 5120, 128, (38, 262, 466)),
        Device("RTX 4090", (8, 9), 128, 2.52, 1008, 72, 128, 1536, 2000, 128, (43, 273, 542)),
        Device("H100", (9, 0), 132, 1.98, 3350, 50, 256, 2048, 4000, 128, (41, 263, 479)),
    ]
}


class GpuLimits(Limits):
    """The same three numbers of a GPU: `gemm` is the peak of multiply-adds, computed; `cache` is
    L2."""

    flat, of = "peak", "of roof"

    def reach(self, intensity, dtype):
        return min(self.gemm[dtype], self.cache * intensity)


def peaks(capability, multiprocessors, clock):
    """dtype -> GFLOP/s of multiply-adds, each two operations. clock: GHz. Raises ValueError for a
    GPU that is not in PER_CYCLE."""
    if capability not in PER_CYCLE:
        raise ValueError(
            f"nothing is known here of GPUs of compute capability {'.'.join(map(str, capability))}: add a line to PER_CYCLE in "
            "tinymaml/benchmark/devices.py"
        )
    return {
        dtype: 2 * clock * multiprocessors * n
        for dtype, n in zip(("float32", "float64"), PER_CYCLE[capability])
    }


def named(text):
    """The devices of this name, or all for "all"; upper and lower case, and spaces, are the same.
    Raises ValueError, listing the names."""
    plain = lambda name: name.replace(" ", "").lower()  # noqa: E731
    found = [d for d in DEVICES.values() if plain(text) in (plain(d.name), "all")]
    if not found:
        raise ValueError(f"there is no device {text!r}; the devices are {', '.join(DEVICES)}")
    return found
