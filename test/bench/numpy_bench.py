"""What the product computes, in numpy: vectorised, chunk by chunk, temporaries reused. The job comes as JSON on stdin.

It is given less to do than the product: codes are not counted, so their entropy is missing.
"""

import json
import math
import sys
import time

import numpy as np

from weights import Weights, report

NF4 = np.array(
    [
        -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
        -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
        0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
        0.7229568362236023, 1,
    ],
    np.float32,
)  # fmt: skip
NF4_MIDDLES = (NF4[1:] + NF4[:-1]) / np.float32(2)


def row_products(x, y):
    """Sum of x * y of each row: float32 within 128 values, float64 across (float32 along a row is off by 3e-6)."""
    shape = x.shape[0], -1, math.gcd(x.shape[1], 128)
    return np.einsum('ijk,ijk->ij', x.reshape(shape), y.reshape(shape)).sum(1, dtype=np.float64)


class Statistics:
    """Moments by Chan's merge of chunks; outliers in a second pass, when there are any."""

    def __init__(self):
        self.count = self.zeros = self.bad = self.outliers = 0
        self.min, self.max = np.inf, -np.inf
        self.mean = self.m2 = 0.0

    def add(self, x):
        bad = x.size - int(np.count_nonzero(np.isfinite(x)))
        if bad:
            x = x[np.isfinite(x)][None]
        self.bad += bad
        if x.size == 0:
            return
        self.zeros += x.size - int(np.count_nonzero(x))
        self.min = min(self.min, float(x.min()))
        self.max = max(self.max, float(x.max()))
        mean = float(x.mean())
        d = x - np.float32(mean)
        # The float32 mean is off by a rounding: what is left of it is taken out again.
        rest = float(d.mean())
        total = self.count + x.size
        delta = float(np.float32(mean)) + rest - self.mean
        self.m2 += float(row_products(d, d).sum()) - rest * rest * x.size
        self.m2 += delta * delta * self.count * x.size / total
        self.mean += delta * x.size / total
        self.count = total

    @property
    def std(self):
        return (self.m2 / self.count) ** 0.5

    def count_outliers(self, chunks):
        threshold = 6 * self.std
        if max(self.max, -self.min) <= threshold:
            return
        for x in chunks:
            self.outliers += int(np.count_nonzero(np.abs(x) > np.float32(threshold)))

    def figures(self):
        return {
            'min': self.min, 'max': self.max, 'mean': self.mean, 'std': self.std,
            'zeros': self.zeros, 'nonFinite': self.bad, 'outliers': self.outliers,
        }  # fmt: skip


class Errors:
    """Sums over values and errors."""

    def __init__(self):
        self.count = 0
        self.clipped = None
        self.e2 = self.e1 = self.x2 = self.r2 = self.xr = self.steps = self.top = 0.0

    def add(self, x, results, scales, clipped=None):
        """x, results float32 [segments, n]; scales float32 [segments, 1]; clipped where values can saturate."""
        e = x - results
        squared = row_products(e, e)
        self.e2 += float(squared.sum())
        self.steps += float((squared / scales[:, 0].astype(np.float64) ** 2).sum())
        np.abs(e, out=e)
        self.e1 += float(e.sum())
        self.top = max(self.top, float(e.max()))
        self.x2 += float(row_products(x, x).sum())
        self.r2 += float(row_products(results, results).sum())
        self.xr += float(row_products(x, results).sum())
        self.count += x.size
        if clipped is not None:
            self.clipped = (self.clipped or 0) + clipped

    def figures(self, i):
        values = {
            'mse': self.e2 / self.count,
            'meanAbsError': self.e1 / self.count,
            'maxAbsError': self.top,
            'cosine': self.xr / (self.x2 * self.r2) ** 0.5,
            'rmseOverScale': (self.steps / self.count) ** 0.5,
        }
        if self.clipped is not None:
            values['clippedFraction'] = self.clipped / self.count
        return {f'{key}.{i}': value for key, value in values.items()}


def abs_max(x):
    return np.maximum(x.max(axis=1, keepdims=True), -x.min(axis=1, keepdims=True))


def never_zero(scale):
    scale[scale == 0] = 1
    return scale


def to_grid(x, scale, top, errors):
    """Symmetric integers -top..top."""
    q = np.divide(x, scale)
    np.rint(q, out=q)
    kept = np.clip(q, -top, top)
    clipped = int(np.count_nonzero(kept != q))
    np.multiply(kept, scale, out=kept)
    errors.add(x, kept, scale, clipped)


def int8_channel(x, errors):
    to_grid(x, never_zero(abs_max(x) / np.float32(127)), 127, errors)


def int4_group(x, errors):
    x = x.reshape(-1, 128)
    to_grid(x, never_zero(abs_max(x) / np.float32(7)), 7, errors)


def int4_searched(x, errors):
    """GPTQ's clip search: 80 shares of the range, loss sum |e|^2.4."""
    x = x.reshape(-1, 128)
    whole = abs_max(x)
    best = np.full_like(whole, np.inf)
    scale = never_zero(whole / np.float32(7))
    e = np.empty_like(x)
    for i in range(80):
        s = never_zero(np.float32(1 - i / 100) * whole / np.float32(7))
        np.divide(x, s, out=e)
        np.rint(e, out=e)
        np.clip(e, -7, 7, out=e)
        np.multiply(e, s, out=e)
        np.subtract(e, x, out=e)
        np.abs(e, out=e)
        # |e|^2.4 by exp and log, which numpy has in SIMD: `**` takes several times as long.
        np.log(e, out=e)
        np.multiply(e, np.float32(2.4), out=e)
        np.exp(e, out=e)
        loss = e.sum(axis=1, keepdims=True)
        better = loss < best
        np.copyto(best, loss, where=better)
        np.copyto(scale, s, where=better)
    to_grid(x, scale, 7, errors)


def nf4(x, errors):
    x = x.reshape(-1, 64)
    scale = never_zero(abs_max(x))
    v = x * (np.float32(1) / scale)
    # Fifteen comparisons in SIMD: np.searchsorted takes several times as long.
    place = np.zeros(v.shape, np.uint8)
    above = np.empty(v.shape, bool)
    for middle in NF4_MIDDLES:
        np.greater(v, middle, out=above)
        np.add(place, above.view(np.uint8), out=place)
    np.take(NF4, place, out=v, mode='clip')
    np.multiply(v, scale, out=v)
    errors.add(x, v, scale)


def q4_0(x, errors):
    x = x.reshape(-1, 32)
    lowest, highest = x.min(axis=1), x.max(axis=1)
    extreme = np.where(highest > -lowest, highest, lowest)
    # Of a value and its negative the first counts.
    for row in np.flatnonzero(highest == -lowest):
        extreme[row] = x[row, np.abs(x[row]).argmax()]
    d = (extreme / np.float32(-8))[:, None]
    inverse = np.divide(np.float32(1), d, out=np.zeros_like(d), where=d != 0)
    q = x * inverse
    np.add(q, np.float32(8.5), out=q)
    np.trunc(q, out=q)
    np.minimum(q, 15, out=q)
    np.subtract(q, 8, out=q)
    scale = d.astype(np.float16).astype(np.float32)
    np.multiply(q, scale, out=q)
    errors.add(x, q, never_zero(scale))


def q8_0(x, errors):
    x = x.reshape(-1, 32)
    d = abs_max(x) / np.float32(127)
    inverse = np.divide(np.float32(1), d, out=np.zeros_like(d), where=d != 0)
    q = x * inverse
    np.add(q, np.copysign(np.float32(0.5), q), out=q)
    np.trunc(q, out=q)
    scale = d.astype(np.float16).astype(np.float32)
    np.multiply(q, scale, out=q)
    errors.add(x, q, never_zero(scale))


SCHEMES = {
    'int8': int8_channel,
    'int4 group=128': int4_group,
    'int4 group=128 calib=mse': int4_searched,
    'nf4': nf4,
    'q4_0': q4_0,
    'q8_0': q8_0,
}


def analyze(weights, name, schemes):
    statistics = Statistics()
    errors = [Errors() for _ in schemes]
    for x in weights.chunks(name):
        statistics.add(x)
        for scheme, sums in zip(schemes, errors):
            SCHEMES[scheme](x, sums)
    statistics.count_outliers(weights.chunks(name))
    figures = statistics.figures()
    for i, sums in enumerate(errors):
        figures.update(sums.figures(i))
    return figures


def main():
    job = json.load(sys.stdin)
    weights = Weights(job['file'])
    started = time.time(), time.process_time()
    figures, first = {}, None
    with np.errstate(divide='ignore'):
        for name in job['tensors']:
            figures[name] = analyze(weights, name, job['schemes'])
            if first is None and len(weights.header[name]['shape']) > 1:
                first = time.time()
    report(started, figures, first)


if __name__ == '__main__':
    main()
