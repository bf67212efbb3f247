"""Prints the seconds that NumPy takes to draw orthonormal float32 matrices, each given as FAN-INxOUTPUTS.

Gaussian noise, QR, and the signs of R's diagonal, as lsuv-init draws them; OrthonormalBenchmark runs it.
"""

import sys
import time

import numpy


def draw(random, fan_in, out):
    noise = random.standard_normal((max(fan_in, out), min(fan_in, out)), dtype=numpy.float32)
    q, r = numpy.linalg.qr(noise)
    q *= numpy.sign(numpy.diag(r))
    return q if fan_in >= out else q.T


random = numpy.random.default_rng(0)
draw(random, 64, 64)
start = time.perf_counter()
for kernel in sys.argv[1:]:
    draw(random, *map(int, kernel.split("x")))
print(time.perf_counter() - start)
