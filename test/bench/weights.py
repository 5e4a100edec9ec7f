"""Reads the benchmark's models in chunks of rows, and says what a run took."""

import json
import struct
import sys
import time

import numpy as np

# Values of a chunk: its float32 temporaries stay in a core's second-level cache.
CHUNK = 1 << 15


class Weights:
    """A safetensors file of one dtype. A chunk is valid until the next one is read."""

    def __init__(self, path):
        self.file = open(path, 'rb', buffering=0)
        (length,) = struct.unpack('<Q', self.file.read(8))
        self.header = json.loads(self.file.read(length))
        self.start = 8 + length
        self.raw = np.empty(0, np.uint8)

    def chunks(self, name):
        """Yields float32 [rows, cols], top to bottom."""
        entry = self.header[name]
        shape = entry['shape']
        rows, cols = (1, shape[0]) if len(shape) == 1 else shape
        size = 4 if entry['dtype'] == 'F32' else 2
        step = max(1, CHUNK // cols)
        if self.raw.size < step * cols * size:
            self.raw = np.empty(step * cols * size, np.uint8)
        self.file.seek(self.start + entry['data_offsets'][0])
        for row in range(0, rows, step):
            count = min(step, rows - row)
            raw = self.raw[: count * cols * size]
            if self.file.readinto(raw) != raw.size:
                raise EOFError(name)
            yield widen(raw, entry['dtype']).reshape(count, cols)


def widen(raw, dtype):
    """Bytes of one of the three dtypes as float32."""
    if dtype == 'F32':
        return raw.view('<f4')
    if dtype == 'F16':
        return raw.view('<f2').astype(np.float32)
    wide = raw.view('<u2').astype(np.uint32)
    np.left_shift(wide, 16, out=wide)
    return wide.view(np.float32)


def peak_bytes():
    """The most memory that was resident, without what the parent had before exec."""
    try:
        with open('/proc/self/status', encoding='latin1') as status:
            return next(int(l.split()[1]) for l in status if l.startswith('VmHWM')) * 1024
    except OSError:
        import resource  # Windows has neither

        unit = 1 if sys.platform == 'darwin' else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def report(started, figures, first=None, seconds=None):
    """Prints the result as analyze.mjs does. `started` is (epoch, process time) once the header was read."""
    opened, cpu = started
    wall, busy = seconds or (time.time() - opened, time.process_time() - cpu)
    json.dump(
        {
            'opened': opened * 1000,
            'first': first and first * 1000,
            'workSeconds': wall,
            'cpuSeconds': busy,
            'peakBytes': peak_bytes(),
            'figures': figures,
        },
        sys.stdout,
    )
