#!/usr/bin/env python3
"""Asks PyTorch how large the output of 2,000 random convolutions and pools is, valid and invalid: tests/golden/sizes.json.

    /usr/bin/python3 tests/golden/make_sizes.py        # needs Debian's python3-torch (1.13.1)

A row is a layer over a plane of h × w: op (0 conv2d, 1 max_pool2d, 2 avg_pool2d), h, w, then height and width of kernel, stride,
padding (−1, −1: "same"; −2, −2: "valid"), dilation, then ceil_mode, and the height and width of what PyTorch made of it; 0, 0 where
it refused. The test reads it as it is (tests/engine/labs/cnn_test.cpp).
"""
import json
import os
import random
import warnings

import torch

SEED, ROWS = 20240607, 2000
warnings.simplefilter("ignore")


def pair(rng, lo, hi):
    """Mostly the same in both dimensions, as people write it."""
    a = rng.randint(lo, hi)
    return (a, a) if rng.random() < 0.6 else (a, rng.randint(lo, hi))


def case(rng):
    op = rng.choice([0, 0, 1, 2])
    h, w = pair(rng, 1, 32)
    kernel, stride = pair(rng, 1, 9), pair(rng, 1, 4)
    dilation = pair(rng, 1, 3) if op != 2 and rng.random() < 0.4 else (1, 1)
    padding = pair(rng, 0, 6)
    if op == 0 and rng.random() < 0.3:
        padding = rng.choice([(-1, -1), (-2, -2)])
        if padding[0] == -1 and rng.random() < 0.6:
            stride = (1, 1)
    if op != 0 and rng.random() < 0.7:  # a pool's padding is at most half of its kernel
        padding = tuple(rng.randint(0, k // 2) for k in kernel)
    ceil = op != 0 and rng.random() < 0.4
    return op, h, w, kernel, stride, padding, dilation, ceil


def size(op, h, w, kernel, stride, padding, dilation, ceil):
    words = {-1: "same", -2: "valid"}
    try:
        if op == 0:
            layer = torch.nn.Conv2d(1, 1, kernel, stride, words.get(padding[0], padding), dilation)
        elif op == 1:
            layer = torch.nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil)
        else:
            layer = torch.nn.AvgPool2d(kernel, stride, padding, ceil_mode=ceil)
        with torch.no_grad():
            out = tuple(layer(torch.zeros(1, 1, h, w)).shape[2:])
        return out if min(out) > 0 else (0, 0)
    except (RuntimeError, ValueError):
        return 0, 0


def main():
    rng = random.Random(SEED)
    rows = []
    for _ in range(ROWS):
        op, h, w, kernel, stride, padding, dilation, ceil = c = case(rng)
        rows.append([op, h, w, *kernel, *stride, *padding, *dilation, int(ceil), *size(*c)])
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sizes.json")
    with open(path, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")
    refused = sum(row[-1] == 0 for row in rows)
    print(f"{len(rows)} rows, {refused} of them refused")


main()
