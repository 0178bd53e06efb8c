#!/usr/bin/python3
"""Writes kernels.json and models.json: what PyTorch computes, in double, for small fixed inputs.

The fixtures are committed, so the tests need no PyTorch. To make them anew (Debian: apt-get install python3-torch):
    /usr/bin/python3 tests/golden/make_golden.py
Inputs are multiples of 1/256: exact in float, and short in JSON.
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(20260101)
HERE = pathlib.Path(__file__).parent


def grid(*shape, scale=1.0):
    return (torch.randn(*shape) * scale * 256).round() / 256


def leaf(x):
    return x.clone().requires_grad_()


def number(x):
    # JSON has no infinity: it stands there as text.
    if x in (float("inf"), float("-inf")):
        return str(x)
    return float(f"{x:.12g}")


def flat(x):
    x = x.detach()
    if x.dtype in (torch.int64, torch.bool):
        return [int(v) for v in x.flatten().tolist()]
    return [number(v) for v in x.flatten().tolist()]


def case(**values):
    return {k: flat(v) if torch.is_tensor(v) else v for k, v in values.items()}


def linear():
    x, w, b, dy = leaf(grid(5, 3)), leaf(grid(4, 3)), leaf(grid(4)), grid(5, 4)
    y = F.linear(x, w, b)
    y.backward(dy)
    return case(rows=5, inputs=3, outputs=4, x=x, w=w, b=b, dy=dy, y=y, dx=x.grad, dw=w.grad, db=b.grad)


def activations():
    functions = {
        "linear": lambda x: x * 1,
        "relu": F.relu,
        "leaky_relu": lambda x: F.leaky_relu(x, 0.125),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "gelu": F.gelu,
    }
    cases = []
    values = torch.cat([grid(12, scale=2), torch.tensor([0.0, 8.0, -8.0, 30.0, -30.0])])
    dy = grid(17)
    for name, function in functions.items():
        x = leaf(values)
        y = function(x)
        y.backward(dy)
        cases.append(case(name=name, slope=0.125, x=x, dy=dy, y=y, dx=x.grad))
    return cases


def softmax():
    values = grid(4, 7, scale=3)
    values[1, 2] = values[1, 6] = float("-inf")
    x, dy = leaf(values), grid(4, 7)
    y = torch.softmax(x, -1)
    y.backward(dy)
    return case(rows=4, cols=7, x=x, dy=dy, y=y, dx=x.grad)


def cross_entropy():
    x, target = leaf(grid(6, 5, scale=3)), torch.tensor([0, 4, -100, 2, 2, -100])
    loss = F.cross_entropy(x, target)
    loss.backward()
    return case(rows=6, cols=5, x=x, target=target, losses=F.cross_entropy(x, target, reduction="none"),
                loss=loss.item(), dx=x.grad)


def pointwise_loss(function, targets):
    x = leaf(grid(9, scale=4))
    loss = function(x, targets)
    loss.backward()
    return case(x=x, target=targets, losses=function(x, targets, reduction="none"), loss=loss.item(), dx=x.grad)


def layer_norm():
    x, gamma, beta, dy = leaf(grid(4, 6)), leaf(grid(6)), leaf(grid(6)), grid(4, 6)
    y = F.layer_norm(x, (6,), gamma, beta, 1e-5)
    y.backward(dy)
    return case(rows=4, cols=6, eps=1e-5, x=x, gamma=gamma, beta=beta, dy=dy, y=y, dx=x.grad, dgamma=gamma.grad,
                dbeta=beta.grad)


def round_parameters(model):
    with torch.no_grad():
        for p in model.parameters():
            p.copy_((p * 256).round() / 256 if p.abs().max() > 0 else grid(*p.shape, scale=0.25))


def attention():
    batch, tokens, dim, heads = 2, 5, 8, 2
    cases = []
    for name in ("self", "causal", "key_padding"):
        mha = nn.MultiheadAttention(dim, heads, batch_first=True)
        round_parameters(mha)
        x, dy = leaf(grid(batch, tokens, dim)), grid(batch, tokens, dim)
        masks = {}
        padding = torch.zeros(batch, tokens, dtype=torch.bool)
        if name == "causal":
            masks["attn_mask"] = torch.triu(torch.ones(tokens, tokens, dtype=torch.bool), 1)
        if name == "key_padding":
            padding[0, 3:] = True
            padding[1, 0] = True
            masks["key_padding_mask"] = padding
        y, weights = mha(x, x, x, need_weights=True, average_attn_weights=False, **masks)
        y.backward(dy)
        cases.append(case(name=name, batch=batch, tokens=tokens, dim=dim, heads=heads, padding=padding, x=x, dy=dy,
                          y=y, weights=weights, dx=x.grad,
                          parameters={k: flat(p) for k, p in mha.named_parameters()},
                          gradients={k: flat(p.grad) for k, p in mha.named_parameters()}))
    return cases


OPTIMIZERS = [
    ("sgd", {"lr": 0.1}),
    ("sgd", {"lr": 0.1, "momentum": 0.9}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "dampening": 0.25, "weight_decay": 0.01}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("adam", {"lr": 0.05}),
    ("adam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-6, "weight_decay": 0.1}),
    ("adamw", {"lr": 0.05, "weight_decay": 0.1}),
]


def make_optimizer(name, parameters, options):
    return {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[name](parameters, **options)


def optimizers():
    steps, n = 10, 6
    start, gradients = grid(n), grid(steps, n)
    cases = []
    for name, options in OPTIMIZERS:
        p = nn.Parameter(start.clone())
        optimizer = make_optimizer(name, [p], options)
        trajectory = []
        for g in gradients:
            p.grad = g.clone()
            optimizer.step()
            trajectory.append(p.detach().clone())
        cases.append(case(name=name, options=options, n=n, steps=steps, start=start, gradients=gradients,
                          trajectory=torch.stack(trajectory)))
    return cases


def mlp(kind, optimizer_name, options, steps=50, n=24):
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 6), nn.ReLU(),
                          nn.Linear(6, 1 if kind != "cross_entropy" else 3))
    round_parameters(model)
    start = {k: flat(p) for k, p in model.named_parameters()}
    x = grid(n, 2, scale=2)
    if kind == "cross_entropy":
        target = (x[:, 0] > 0).long() + (x[:, 1] > 0.5).long()
        loss_of = lambda out: F.cross_entropy(out, target)
    elif kind == "bce_with_logits":
        target = (x[:, 0] * x[:, 1] > 0).double()
        loss_of = lambda out: F.binary_cross_entropy_with_logits(out, target[:, None])
    else:
        target = ((x[:, 0] * 0.5).sin() * 256).round() / 256
        loss_of = lambda out: F.mse_loss(out, target[:, None])
    optimizer = make_optimizer(optimizer_name, model.parameters(), options)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_of(model(x))
        loss.backward()
        optimizer.step()
        losses.append(number(loss.item()))
    return case(loss=kind, optimizer=optimizer_name, options=options, n=n, x=x, target=target, start=start,
                losses=losses, end={k: flat(p) for k, p in model.named_parameters()})


def transformer_block():
    """Pre-norm block with residuals: attention and a feed-forward of gelu, then a classifier per token."""
    batch, tokens, dim, heads, classes, vocabulary = 3, 4, 8, 2, 5, 7

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, dim)
            self.norm1 = nn.LayerNorm(dim)
            self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
            self.norm2 = nn.LayerNorm(dim)
            self.up, self.down = nn.Linear(dim, 12), nn.Linear(12, dim)
            self.head = nn.Linear(dim, classes)

        def forward(self, ids):
            x = self.embedding(ids)
            h = self.norm1(x)
            mask = torch.triu(torch.ones(tokens, tokens, dtype=torch.bool), 1)
            x = x + self.attention(h, h, h, attn_mask=mask)[0]
            x = x + self.down(F.gelu(self.up(self.norm2(x))))
            return self.head(x)

    model = Block()
    round_parameters(model)
    start = {k: flat(p) for k, p in model.named_parameters()}
    ids = torch.randint(vocabulary, (batch, tokens))
    target = torch.randint(classes, (batch, tokens))
    target[0, 0] = -100
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses, gradients = [], None
    for _ in range(20):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(ids).flatten(0, 1), target.flatten())
        loss.backward()
        gradients = gradients or {k: flat(p.grad) for k, p in model.named_parameters()}
        optimizer.step()
        losses.append(number(loss.item()))
    return case(batch=batch, tokens=tokens, dim=dim, heads=heads, classes=classes, vocabulary=vocabulary, ids=ids,
                target=target, start=start, gradients=gradients, losses=losses)


def write(name, content):
    content = {"made_with": f"PyTorch {torch.__version__}, float64", **content}
    (HERE / name).write_text(json.dumps(content, separators=(",", ":")).replace('],"', '],\n"') + "\n")


def main():
    write("kernels.json", {
        "linear": linear(),
        "activations": activations(),
        "softmax": softmax(),
        "cross_entropy": cross_entropy(),
        "bce_with_logits": pointwise_loss(F.binary_cross_entropy_with_logits,
                                          torch.tensor([0, 1, 1, 0, 0.25, 0.75, 1, 0, 1])),
        "mse": pointwise_loss(F.mse_loss, grid(9)),
        "layer_norm": layer_norm(),
        "attention": attention(),
        "optimizers": optimizers(),
    })
    write("models.json", {
        "mlp": [
            mlp("cross_entropy", "sgd", {"lr": 0.2, "momentum": 0.9}),
            mlp("bce_with_logits", "adam", {"lr": 0.02}),
            mlp("mse", "sgd", {"lr": 0.1}),
        ],
        "transformer_block": transformer_block(),
    })


if __name__ == "__main__":
    main()
