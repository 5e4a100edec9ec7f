"""ggml's own quantizer on the same weights: ggml_quantize_chunk and the type's reference decoder, one thread.

The job comes as JSON on stdin. Only the two calls of ggml are timed: neither reading and widening the weights nor adding
up the errors, which numpy does here, counts.
"""

import ctypes
import json
import sys
import time

import numpy as np

from numpy_bench import Errors
from weights import Weights, report

# enum ggml_type, weights and bytes of a block, and the decoder.
TYPES = {
    'q4_0': (2, 32, 18, 'dequantize_row_q4_0'),
    'q8_0': (8, 32, 34, 'dequantize_row_q8_0'),
    'q4_k': (12, 256, 144, 'dequantize_row_q4_K'),
}


class InitParams(ctypes.Structure):
    _fields_ = [
        ('mem_size', ctypes.c_size_t),
        ('mem_buffer', ctypes.c_void_p),
        ('no_alloc', ctypes.c_bool),
    ]


def load(path):
    """The library, with its table of float16 filled."""
    ggml = ctypes.CDLL(path)
    ggml.ggml_init.argtypes = [InitParams]
    ggml.ggml_init.restype = ctypes.c_void_p
    ggml.ggml_init(InitParams(1024, None, True))
    ggml.ggml_quantize_chunk.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
        ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p,
    ]  # fmt: skip
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    return ggml


class Quantizer:
    """Quantizes and decodes chunks of rows, and keeps the time of both."""

    def __init__(self, ggml, name):
        self.ggml = ggml
        self.type, self.block, self.bytes, decoder = TYPES[name]
        self.decode = getattr(ggml, decoder)
        self.decode.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        self.wall = self.busy = 0.0

    def results(self, x):
        x = np.ascontiguousarray(x)
        blocks = np.zeros(x.size // self.block * self.bytes, np.uint8)
        out = np.zeros_like(x)
        wall, busy = time.perf_counter(), time.process_time()
        self.ggml.ggml_quantize_chunk(
            self.type, x.ctypes.data, blocks.ctypes.data, 0, x.shape[0], x.shape[1], None
        )
        self.decode(blocks.ctypes.data, out.ctypes.data, x.size)
        self.busy += time.process_time() - busy
        self.wall += time.perf_counter() - wall
        return out


def main():
    job = json.load(sys.stdin)
    weights = Weights(job['file'])
    quantizer = Quantizer(load(job['library']), job['type'])
    started = time.time(), time.process_time()
    figures = {}
    for name in job['tensors']:
        errors = Errors()
        for x in weights.chunks(name):
            results = quantizer.results(x)
            segments = x.reshape(-1, quantizer.block)
            # Scales stay in ggml's blocks; errors in steps are not compared.
            ones = np.ones((len(segments), 1), np.float32)
            errors.add(segments, results.reshape(segments.shape), ones)
        of_all = errors.figures(0)
        figures[name] = {k: v for k, v in of_all.items() if not k.startswith('rmseOverScale')}
    report(started, figures, seconds=(quantizer.wall, quantizer.busy))


if __name__ == '__main__':
    main()
