#!/usr/bin/python3
"""Writes language_model.json: a GPT and a BERT trained by PyTorch on a small text, with what the engine's lab does the same of everything but the arithmetic: the
vocabulary, the held-out pieces, the first weights, the batches and the masks, all drawn by the same counter-based generator.

The fixture is committed, so the tests need no PyTorch. To make it anew (Debian: apt-get install python3-torch):
    /usr/bin/python3 tests/golden/make_language_model.py
"""
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
INIT, SHUFFLE, SPLIT, TEXT = 1, 3, 5, 6  # streams (engine/tensor/rng.h)
PAD, STOP, UNKNOWN, MASK, FIRST = range(5)  # engine/data/vocabulary.h
MEASURED, WINDOWS = 0xFFFFFFFF, 64
ONES = 0xFFFFFFFF


class Rng:
    """engine/tensor/rng.h: Philox 4x32-10."""

    def __init__(self, seed, stream, a=0, b=0):
        self.key = (seed & ONES, (seed >> 32) ^ (stream * 0x9E3779B1 & ONES))
        self.counter = [0, a, b, stream]
        self.left = []

    def next(self):
        if not self.left:
            c, (k0, k1) = list(self.counter), self.key
            for _ in range(10):
                p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
                c = [(p1 >> 32) ^ c[1] ^ k0, p1 & ONES, (p0 >> 32) ^ c[3] ^ k1, p0 & ONES]
                k0, k1 = (k0 + 0x9E3779B9) & ONES, (k1 + 0xBB67AE85) & ONES
            self.counter[0] += 1
            self.left = c
        return self.left.pop(0)

    def uniform(self):
        return (self.next() >> 8) / 16777216

    def below(self, n):
        return self.next() * n >> 32

    def normal(self):
        u, v = 1 - self.uniform(), self.uniform()
        return math.sqrt(-2 * math.log(u)) * math.cos(6.283185307179586 * v)


def make_text():
    rng = Rng(1, TEXT)
    pick = lambda words: words[rng.below(len(words))]
    lines = []
    for _ in range(420):
        who, verb = pick(["the cat", "a dog", "my sister", "the old man", "our teacher"]), pick(["sees", "finds", "likes", "draws"])
        what, where = pick(["the red ball", "a small house", "the green tree", "two birds", "the moon"]), pick(["at home", "in the park", "by the sea", "today"])
        lines.append(f"{who} {verb} {what} {where}.")
    return "\n".join(lines)


class Corpus:
    def __init__(self, text, seed, block):
        parts = ([], [])
        for i, piece in enumerate(text.split("\n")):
            parts[Rng(seed, SPLIT, i).uniform() < 0.1].append(piece)
        counts = {}
        for letter in "".join(parts[0]):
            counts[letter] = counts.get(letter, 0) + 1
        self.letters = sorted(counts, key=lambda letter: (-counts[letter], letter))
        ids = {letter: FIRST + i for i, letter in enumerate(self.letters)}
        self.block = block
        self.lines, self.lengths = [], []
        for pieces in parts:
            line = [id for piece in pieces for id in [STOP] + [ids.get(letter, UNKNOWN) for letter in piece]]
            self.lengths.append(len(line))
            self.lines.append(line + line[: block + 1])

    @property
    def size(self):
        return FIRST + len(self.letters)

    def row(self, params, part, start, step, example):
        window = self.lines[part][start : start + self.block + 1]
        if params["task"] == "gpt":
            return window[:-1], window[1:]
        tokens, targets = window[:-1], [PAD] * self.block
        rng = Rng(params["seed"], TEXT, step, example)
        least = rng.below(self.block)

        def choose(i, how, other):
            targets[i] = tokens[i]
            if how < 0.8:
                tokens[i] = MASK
            elif how < 0.9:
                tokens[i] = other

        for i in range(self.block):
            which, how = rng.uniform(), rng.uniform()
            other = FIRST + rng.below(self.size - FIRST)
            if tokens[i] >= UNKNOWN and which < params["mask_rate"]:
                choose(i, how, other)
        for i in [(least + k) % self.block for k in range(self.block)]:
            if any(targets):
                break
            if tokens[i] >= UNKNOWN:
                choose(i, 0, 0)
        return tokens, targets

    def batch(self, params, step):
        rng = Rng(params["seed"], SHUFFLE, step)
        rows = [self.row(params, 0, rng.below(self.lengths[0]), step, i) for i in range(params["batch_size"])]
        return [torch.tensor(part) for part in zip(*rows)]

    def measured(self, params):
        windows = math.ceil(self.lengths[1] / self.block)
        count = min(WINDOWS, windows)
        rows = [self.row(params, 1, i * windows // count * self.block % self.lengths[1], MEASURED, i) for i in range(count)]
        return [torch.tensor(part) for part in zip(*rows)]


class Model(nn.Module):
    def __init__(self, params, words):
        super().__init__()
        d, block = params["d_model"], params["block_size"]
        self.tokens_embedding = nn.Embedding(words, d)
        self.tokens_x = nn.Embedding(block, d)
        layer = nn.TransformerEncoderLayer(d, params["nhead"], params["dim_feedforward"], 0.0, "gelu", batch_first=True, norm_first=True)
        self.transformer = nn.TransformerEncoder(layer, params["num_layers"], nn.LayerNorm(d))
        self.head = nn.Linear(d, words)
        self.mask = torch.triu(torch.ones(block, block, dtype=torch.bool), 1) if params["task"] == "gpt" else None
        with torch.no_grad():
            for name, p in self.named_parameters():
                self.start(name, p, params["seed"])

    def start(self, name, p, seed):
        """engine/nn/init.cpp and the layers' own rules."""
        h = 14695981039346656037
        for byte in name.encode():
            h = (h ^ byte) * 1099511628211 & 0xFFFFFFFFFFFFFFFF
        rng = Rng(seed, INIT, h & ONES, h >> 32)
        n = p.numel()
        if "norm" in name:
            values = [float(name.endswith("weight"))] * n
        elif name.endswith(("in_proj_bias", "out_proj.bias")):
            values = [0.0] * n
        elif name.startswith("tokens"):
            std = 0.1 if "embedding" in name else 0.02
            values = [std * rng.normal() for _ in range(n)]
        else:
            if name.endswith("in_proj_weight"):
                a = math.sqrt(6 / (p.shape[0] + p.shape[1]))
            else:
                fan_in = p.shape[1] if p.dim() > 1 else self.get_parameter(name.replace("bias", "weight")).shape[1]
                a = 1 / math.sqrt(fan_in)
            values = [-a + 2 * a * rng.uniform() for _ in range(n)]
        p.copy_(torch.tensor(values).reshape(p.shape))

    def loss(self, tokens, targets):
        x = self.tokens_embedding(tokens) + self.tokens_x.weight
        return F.cross_entropy(self.head(self.transformer(x, self.mask)).flatten(0, 1), targets.flatten(), ignore_index=PAD)


def train(text, params, steps):
    corpus = Corpus(text, params["seed"], params["block_size"])
    model = Model(params, corpus.size).train()  # without dropout it makes no difference but that of another code path
    optimizer = torch.optim.Adam(model.parameters(), lr=params["lr"])
    test = corpus.measured(params)
    with torch.no_grad():
        first = model.loss(*test).item()
    losses = []
    for step in range(steps):
        loss = model.loss(*corpus.batch(params, step))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), params["clip_norm"])
        optimizer.step()
        if (step + 1) % 20 == 0:
            losses.append([step + 1, round(loss.item(), 6)])
    with torch.no_grad():
        perplexity = math.exp(model.loss(*test).item())
    print(params["task"], "first loss", first, "perplexity", perplexity)
    return {"params": params, "vocabulary": corpus.size, "parameters": sum(p.numel() for p in model.parameters()), "first_loss": round(first, 6), "losses": losses, "perplexity": round(perplexity, 6)}


def main():
    text = make_text()
    common = dict(corpus="own", tokenizer="character", block_size=32, d_model=64, nhead=4, num_layers=2, dim_feedforward=128, positional="learned", optimizer="adam", lr=0.003, batch_size=32, clip_norm=1, dropout=0, seed=1)
    runs = [train(text, {"task": "gpt", **common}, 160), train(text, {"task": "bert", "mask_rate": 0.15, **common}, 160)]
    (HERE / "language_model.json").write_text(json.dumps({"text": text, "runs": runs}, indent=1) + "\n")


main()
