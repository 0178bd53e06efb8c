#!/usr/bin/python3
"""Writes parity/*.json: specs of small models, and what PyTorch computes for them, in double.

Each case is a spec as the engine takes it. `Net` builds the equal torch modules from it, so that a case says once what is
compared: the prediction, the loss, all gradients, and where every parameter and buffer is after some optimizer steps.
The fixtures are committed, so the tests need no PyTorch. To make them anew (Debian: apt-get install python3-torch):
    /usr/bin/python3 tests/golden/make_cases.py
Inputs and parameters are multiples of 1/256: exact in float, and short in JSON.
"""
import json
import math
import pathlib
import warnings

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent / "parity"
STEPS = 10


def grid(*shape, scale=1.0):
    return (torch.randn(*shape) * scale * 256).round() / 256


def number(x):
    return float(f"{x:.9g}")


def flat(x):
    x = x.detach()
    if not x.is_floating_point():
        return [int(v) for v in x.flatten().tolist()]
    return [int(v) if v == int(v) and abs(v) < 1e6 else number(v) for v in x.flatten().tolist()]


# --- a spec's layers as torch modules ---

def pick(params, *keys, **defaults):
    """Keyword arguments of a torch module out of a layer's keys; lists become tuples."""
    given = {k: params[k] for k in keys if k in params}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in {**defaults, **given}.items()}


class Lambda(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *x):
        return self.function(*x)


class PositionalEncoding(nn.Module):
    def __init__(self, kind, time, width):
        super().__init__()
        if kind == "learned":
            self.weight = nn.Parameter(torch.randn(time, width))
            return
        position = torch.arange(time)[:, None]
        channel = torch.arange(width)[None, :]
        angle = position / 10000 ** ((channel - channel % 2) / width)
        self.register_buffer("weight", torch.where(channel % 2 == 0, angle.sin(), angle.cos()), persistent=False)

    def forward(self, x):
        return x + self.weight


class ClassToken(nn.Module):
    """A learned token before all others, as in torchvision's VisionTransformer."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, width))

    def forward(self, x):
        return torch.cat([self.weight.expand(len(x), 1, -1), x], 1)


class Recurrent(nn.Module):
    """rnn, lstm, gru: the whole sequence, or the final states of the last layer, both directions joined."""

    def __new__(cls, kind, width, p):
        base = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind]

        class Layer(base):
            def forward(self, x):
                sequence, state = super().forward(x)
                if p.get("output", "sequence") == "sequence":
                    return sequence
                h = state[0] if kind == "lstm" else state
                return torch.cat([h[-2], h[-1]], -1) if self.bidirectional else h[-1]

        return Layer(width, batch_first=True, **pick(p, "hidden_size", "num_layers", "bidirectional", "bias", "nonlinearity"))


def hidden(ids, padding_idx):
    """PyTorch's key_padding_mask from ids."""
    if ids is None:
        return None
    return ids != 0 if padding_idx < 0 else ids == padding_idx


def causal_mask(p, default, tq, tk):
    if p.get("diagonal"):
        return ~torch.eye(tq, dtype=torch.bool)
    mask = torch.triu(torch.ones(tq, tk, dtype=torch.bool), 1) if p.get("causal", default) else None
    if p.get("window"):
        far = (torch.arange(tq)[:, None] - torch.arange(tk)[None, :]).abs() > p["window"]
        mask = far if mask is None else mask | far
    return mask


class Attention(nn.MultiheadAttention):
    def __init__(self, width, p):
        super().__init__(width, p["num_heads"], bias=p.get("bias", True), batch_first=True)
        self.p = p

    def forward(self, *x, key_padding_mask=None):
        q, k, v = x[0], x[min(1, len(x) - 1)], x[-1]
        return super().forward(q, k, v, key_padding_mask=hidden(key_padding_mask, self.p.get("padding_idx", -1)),
                               attn_mask=causal_mask(self.p, False, q.shape[1], k.shape[1]))[0]


def transformer_options(p):
    return pick(p, "dim_feedforward", "dropout", "activation", "layer_norm_eps", "norm_first", batch_first=True)


class Encoder(nn.Module):
    """A TransformerEncoderLayer or a TransformerEncoder, its masks made from the layer's keys."""

    def __new__(cls, width, p, stack):
        layer = nn.TransformerEncoderLayer(width, p["nhead"], **transformer_options(p))
        module = layer
        if stack:
            norm = nn.LayerNorm(width, p.get("layer_norm_eps", 1e-5)) if p.get("norm", True) else None
            module = nn.TransformerEncoder(layer, p["num_layers"], norm, enable_nested_tensor=False)
        forward = module.forward

        def masked(x, src_key_padding_mask=None):
            return forward(x, causal_mask(p, False, x.shape[1], x.shape[1]), src_key_padding_mask=hidden(src_key_padding_mask, p.get("padding_idx", -1)))

        module.forward = masked
        return module


class Decoder(nn.Module):
    def __new__(cls, width, p, stack):
        layer = nn.TransformerDecoderLayer(width, p["nhead"], **transformer_options(p))
        module = layer
        if stack:
            norm = nn.LayerNorm(width, p.get("layer_norm_eps", 1e-5)) if p.get("norm", True) else None
            module = nn.TransformerDecoder(layer, p["num_layers"], norm)
        forward = module.forward
        padding_idx = p.get("padding_idx", -1)

        def masked(tgt, memory, tgt_key_padding_mask=None, memory_key_padding_mask=None):
            return forward(tgt, memory, tgt_mask=causal_mask(p, True, tgt.shape[1], tgt.shape[1]),
                           tgt_key_padding_mask=hidden(tgt_key_padding_mask, padding_idx),
                           memory_key_padding_mask=hidden(memory_key_padding_mask, padding_idx))

        module.forward = masked
        return module


class Transformer(nn.Transformer):
    def __init__(self, width, p):
        super().__init__(width, p["nhead"], **pick(p, "num_encoder_layers", "num_decoder_layers"), **transformer_options(p))
        self.p = p

    def forward(self, src, tgt, src_key_padding_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None):
        masks = {"src_key_padding_mask": src_key_padding_mask, "tgt_key_padding_mask": tgt_key_padding_mask,
                 "memory_key_padding_mask": memory_key_padding_mask}
        return super().forward(src, tgt, tgt_mask=causal_mask(self.p, True, tgt.shape[1], tgt.shape[1]),
                               **{k: hidden(v, self.p.get("padding_idx", -1)) for k, v in masks.items()})


ACTIVATIONS = {
    "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "gelu": nn.GELU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "softplus": nn.Softplus,
    "identity": nn.Identity,
}
REFS = ["key_padding_mask", "src_key_padding_mask", "tgt_key_padding_mask", "memory_key_padding_mask"]


def make_module(t, p, x, vocab_size=None):
    """The torch module of a layer whose inputs are x."""
    first = x[0]
    channels = first.shape[1] if first.dim() > 1 else 0
    width = first.shape[-1]
    if t == "linear":
        return nn.Linear(width, p["out_features"], bias=p.get("bias", True))
    if t in ("conv1d", "conv2d"):
        return (nn.Conv1d if t == "conv1d" else nn.Conv2d)(channels, **pick(p, "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias"))
    if t == "conv_transpose2d":
        return nn.ConvTranspose2d(channels, **pick(p, "out_channels", "kernel_size", "stride", "padding", "output_padding", "dilation", "groups", "bias"))
    if t in ("max_pool1d", "max_pool2d"):
        return (nn.MaxPool1d if t == "max_pool1d" else nn.MaxPool2d)(**pick(p, "kernel_size", "stride", "padding", "dilation", "ceil_mode"))
    if t in ("avg_pool1d", "avg_pool2d"):
        return (nn.AvgPool1d if t == "avg_pool1d" else nn.AvgPool2d)(**pick(p, "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"))
    if t in ("adaptive_avg_pool1d", "adaptive_avg_pool2d"):
        return (nn.AdaptiveAvgPool1d if t == "adaptive_avg_pool1d" else nn.AdaptiveAvgPool2d)(**pick(p, "output_size"))
    if t == "upsample":
        return nn.Upsample(**pick(p, "scale_factor", "mode"))
    if t in ("batch_norm1d", "batch_norm2d"):
        return (nn.BatchNorm1d if t == "batch_norm1d" else nn.BatchNorm2d)(channels, **pick(p, "eps", "momentum", "affine", "track_running_stats"))
    if t == "layer_norm":
        norm = nn.LayerNorm(**pick(p, "eps", "elementwise_affine", normalized_shape=p.get("normalized_shape", width)))
        if not p.get("bias", True):  # a keyword since PyTorch 2.1
            norm.register_parameter("bias", None)
        return norm
    if t == "dropout":
        return nn.Dropout(**pick(p, "p"))
    if t == "embedding":
        return nn.Embedding(**pick(p, "num_embeddings", "embedding_dim", "padding_idx", num_embeddings=vocab_size))
    if t == "positional_encoding":
        return PositionalEncoding(p.get("kind", "sinusoidal"), first.shape[1], width)
    if t == "class_token":
        return ClassToken(width)
    if t in ("rnn", "lstm", "gru"):
        return Recurrent(t, width, p)
    if t == "multihead_attention":
        return Attention(width, p)
    if t in ("transformer_encoder_layer", "transformer_encoder"):
        return Encoder(width, p, t == "transformer_encoder")
    if t in ("transformer_decoder_layer", "transformer_decoder"):
        return Decoder(width, p, t == "transformer_decoder")
    if t == "transformer":
        return Transformer(width, p)
    if t in ACTIVATIONS:
        return ACTIVATIONS[t](**pick(p, "negative_slope", "alpha", "beta", "threshold"))
    return Lambda({
        "softmax": lambda v: torch.softmax(v, -1),
        "flatten": lambda v: v.flatten(1),
        "reshape": lambda v: v.reshape(v.shape[0], *p["shape"]),
        "mean": lambda v: v.mean(1),
        "select": lambda v: v[:, p["index"]],
        "cat": lambda *v: torch.cat(v, p["dim"]),
        "add": lambda *v: sum(v[1:], v[0]),
        "reparameterize": lambda mu, logvar: mu,  # as in evaluation
        "mul": lambda *v: math.prod(v[1:], start=v[0]),
    }[t])


class Net(nn.Module):
    """The modules of a spec under the names that the engine gives them; built by running it once on `inputs`."""

    def __init__(self, spec, inputs):
        super().__init__()
        self.spec = spec
        self.regularized = []
        values, previous = dict(inputs), "input"
        for i, layer in enumerate(spec["layers"]):
            name, share = layer.get("name", str(i)), layer.get("share")
            x = [values[n] for n in layer.get("inputs", [previous])]
            if share is None:
                module = make_module(layer["type"], layer, x, vocab_size=spec.get("input", {}).get("vocab_size"))
                self.randomize(module)
                self.add_module(name, module.eval())  # this first run leaves the running statistics as they are
                for suffix, p in module.named_parameters():
                    if layer.get("frozen"):
                        p.requires_grad_(False)
                    elif "norm" not in layer["type"] and "norm" not in suffix and layer["type"] not in ("positional_encoding", "class_token") and "weight" in suffix:
                        self.regularized.append(p)
            values[name] = self.run(layer, share or name, x, values)
            previous = name

    @staticmethod
    def randomize(module):
        for part in module.modules():
            norm = isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm))
            for p in part.parameters(recurse=False):
                p.data = grid(*p.shape, scale=0.25) + 1 if norm and p is part.weight else grid(*p.shape, scale=0.4)
            if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)) and part.track_running_stats:
                part.running_mean = grid(*part.running_mean.shape, scale=0.5)
                part.running_var = grid(*part.running_var.shape, scale=0.2).abs() + 0.5

    def run(self, layer, module, x, values):
        refs = {k: values[layer[k]] for k in REFS if k in layer}
        return self._modules[module](*x, **refs)

    def forward(self, inputs):
        """All values by name; the last layer's under "output"."""
        values, previous = dict(inputs), "input"
        for i, layer in enumerate(self.spec["layers"]):
            name = layer.get("name", str(i))
            values[name] = self.run(layer, layer.get("share", name), [values[n] for n in layer.get("inputs", [previous])], values)
            previous = name
        values["output"] = values[self.spec.get("output", previous)]
        return values

    def trained(self):
        return {k: p for k, p in self.named_parameters() if p.requires_grad}


# --- losses ---

def loss_list(spec):
    return spec["loss"] if isinstance(spec["loss"], list) else [{"name": "target", **spec["loss"]}]


def has_target(loss):
    return loss["type"] != "kl" and "target" not in loss


def detection_loss(loss, y, target):
    """Of a grid's cells, written with PyTorch's own losses (YOLO's, over the number of objects)."""
    y, target = y.permute(0, 2, 3, 1).reshape(-1, y.shape[1]), target.permute(0, 2, 3, 1).reshape(-1, 6)
    has = target[:, 0] > 0.5
    n = max(1, int(has.sum()))
    weight = {"lambda_obj": 1, "lambda_noobj": 0.5, "lambda_box": 5, "lambda_cls": 1, **pick(loss, "lambda_obj", "lambda_noobj", "lambda_box", "lambda_cls")}
    parts = {
        "lambda_obj": F.binary_cross_entropy_with_logits(y[has, 0], target[has, 0], reduction="sum"),
        "lambda_noobj": F.binary_cross_entropy_with_logits(y[~has, 0], target[~has, 0], reduction="sum"),
        "lambda_box": F.mse_loss(y[has, 1:5].sigmoid(), target[has, 1:5], reduction="sum"),
        "lambda_cls": F.cross_entropy(y[has, 5:], target[has, 5].long(), reduction="sum"),
    }
    return sum(weight[k] * p for k, p in parts.items()) / n


def one_loss(loss, values, targets):
    t, reduction = loss["type"], loss.get("reduction", "mean")
    if t == "kl":  # of N(mu, e^logvar) from N(0, 1)
        mu, logvar = (values[n] for n in loss["inputs"])
        total = -0.5 * (1 + logvar - mu ** 2 - logvar.exp()).sum()
        return total / {"sum": 1, "mean": mu.numel(), "batchmean": mu.shape[0]}[loss.get("reduction", "batchmean")]
    y = values[loss.get("inputs", ["output"])[0]]
    if t == "detection":
        return detection_loss(loss, y, targets[loss["name"]])
    target = targets[loss["name"]] if has_target(loss) else values[loss["target"]]
    if t == "cross_entropy":
        weight = torch.tensor(loss["weight"], dtype=y.dtype) if isinstance(loss.get("weight"), list) else None
        return F.cross_entropy(y.reshape(-1, y.shape[-1]), target.reshape(-1), weight=weight,
                               **pick(loss, "label_smoothing", "ignore_index"), reduction=reduction)
    if t == "huber":
        return F.huber_loss(y, target, reduction=reduction, **pick(loss, "delta"))
    if t == "bce_with_logits" and "pos_weight" in loss:
        return F.binary_cross_entropy_with_logits(y, target, pos_weight=torch.tensor(loss["pos_weight"], dtype=y.dtype), reduction=reduction)
    return {"mse": F.mse_loss, "l1": F.l1_loss, "bce_with_logits": F.binary_cross_entropy_with_logits}[t](y, target, reduction=reduction)


def total_loss(spec, values, targets):
    parts = [one_loss(l, values, targets) for l in loss_list(spec)]
    if not isinstance(spec["loss"], list):
        return parts[0], parts
    return sum(p * l.get("loss_weight", 1) for p, l in zip(parts, loss_list(spec))), parts


def make_target(loss, values):
    y = values[loss.get("inputs", ["output"])[0]]
    if loss["type"] == "cross_entropy":
        ids = torch.randint(y.shape[-1], y.shape[:-1])
        ignored = loss.get("ignore_index", -100)
        if "ignore_index" in loss:
            ids.view(-1)[1] = ignored
            ids.view(-1)[0] = (ignored + 1) % y.shape[-1]  # the mean over nothing is NaN in PyTorch
        return ids
    if loss["type"] == "detection":
        n, channels, h, w = y.shape
        target = torch.rand(n, 6, h, w, dtype=y.dtype)
        target[:, 0] = (target[:, 0] < 0.4).to(y.dtype)
        target[:, 5] = torch.randint(channels - 5, (n, h, w)).to(y.dtype)
        return target * target[:, :1]
    if loss["type"] == "bce_with_logits":
        return (torch.rand(*y.shape) * 4).round() / 4
    return grid(*y.shape)


# --- training ---

def make_optimizer(spec, parameters):
    options = dict(spec.get("optimizer", {"type": "sgd", "lr": 1e-3}))
    t = options.pop("type")
    kinds = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "adagrad": torch.optim.Adagrad}
    if t == "sgd":
        options.setdefault("lr", 1e-3)  # PyTorch's has no default
    return kinds[t](parameters, **options)


def make_schedule(spec, optimizer):
    s = spec.get("schedule", {"type": "constant"})
    lr = torch.optim.lr_scheduler
    if s["type"] == "transformer":
        return lr.LambdaLR(optimizer, lambda k: s["d_model"] ** -0.5 * min((k + 1) ** -0.5, (k + 1) * s["warmup_steps"] ** -1.5))

    def main():
        if s["type"] == "step":
            return lr.StepLR(optimizer, **pick(s, "step_size", "gamma"))
        if s["type"] == "exponential":
            return lr.ExponentialLR(optimizer, s["gamma"])
        if s["type"] == "cosine":
            return lr.CosineAnnealingLR(optimizer, **pick(s, "T_max", "eta_min"))
        return lr.LambdaLR(optimizer, lambda k: 1.0)

    warmup = s.get("warmup_steps", 0)
    if not warmup:
        return main()
    ramp = lr.LinearLR(optimizer, start_factor=s.get("warmup_start_factor", 1 / 3), total_iters=warmup)
    if s["type"] == "constant":
        return ramp  # after the ramp its factor is 1
    return lr.SequentialLR(optimizer, [ramp, main()], [warmup])


def train_step(spec, net, optimizer, schedule, batch, record):
    optimizer.zero_grad()
    values = net(batch["inputs"])
    loss, parts = total_loss(spec, values, batch["targets"])
    loss.backward()
    if "gradients" not in record:
        record["loss"] = number(loss.item())
        if isinstance(spec["loss"], list):
            record["parts"] = {l["name"]: number(p.item()) for l, p in zip(loss_list(spec), parts)}
        record["gradients"] = {k: flat(torch.zeros_like(p) if p.grad is None else p.grad) for k, p in net.trained().items()}
        if (values["output"] - record["eval"]).abs().max() > 1e-12:
            record["train"] = flat(values["output"])
    record["losses"].append(number(loss.item()))
    record["lrs"].append(number(optimizer.param_groups[0]["lr"]))
    penalty = spec.get("regularization", {})
    l1, l2 = penalty.get("l1", 0), penalty.get("l2", 0)
    if l1 or l2:
        record.setdefault("penalty", number(sum(l1 * p.abs().sum() + l2 / 2 * (p ** 2).sum() for p in net.regularized).item()))
        for p in net.regularized:
            p.grad += l1 * p.data.sign() + l2 * p.data
    clip = spec.get("gradient_clipping", {})
    if clip.get("max_norm", 0):
        norm = nn.utils.clip_grad_norm_(list(net.trained().values()), clip["max_norm"])
        record.setdefault("gradient_norm", number(norm.item()))
    if clip.get("clip_value", 0):
        nn.utils.clip_grad_value_(list(net.trained().values()), clip["clip_value"])
    optimizer.step()
    schedule.step()


def make_inputs(spec, n):
    inputs = {}
    for name, given in (spec["inputs"] if "inputs" in spec else {"input": spec["input"]}).items():
        if "tokens" in given:
            inputs[name] = torch.randint(given["vocab_size"], (n, given["tokens"]))
        else:
            inputs[name] = grid(n, *given["shape"])
    return inputs


CASES = {}


def case(family, name, spec, batches=1, steps=STEPS, adjust=None, floats=None):
    """Runs a spec and keeps what is compared. `adjust(inputs, targets)` changes random data where a layer needs that;
    `floats`: wider tolerances of the float comparison, {"rtol", "atol", "reason"}."""
    torch.manual_seed(sum(ord(c) * (i + 1) for i, c in enumerate(family + name)))  # a case keeps its numbers when others come
    spec = {"seed": 1, "batch_size": 3, **spec}
    spec.setdefault("loss", {"type": "mse"})
    spec.setdefault("optimizer", {"type": "sgd", "lr": 0.05})
    data = []
    for b in range(batches):
        n = spec["batch_size"] - (b == 1)  # the second batch is one short
        inputs = make_inputs(spec, n)
        if adjust:
            adjust(inputs)
        data.append({"n": n, "inputs": inputs})
    net = Net(spec, data[0]["inputs"])
    net.eval()
    for b in data:
        values = net(b["inputs"])
        b["targets"] = {l["name"]: make_target(l, values) for l in loss_list(spec) if has_target(l)}
    start = {k: flat(v) for k, v in net.state_dict().items()}
    values = net(data[0]["inputs"])  # with gradients on, so that PyTorch's fused paths stay out of it
    record = {"eval": values["output"], "losses": [], "lrs": []}
    net.train()
    if net.trained():
        optimizer = make_optimizer(spec, list(net.trained().values()))
        schedule = make_schedule(spec, optimizer)
        for k in range(steps):
            train_step(spec, net, optimizer, schedule, data[k % len(data)], record)
        assert all(math.isfinite(v) and abs(v) < 1e4 for v in record["losses"]), (name, record["losses"])
    out = {"name": name, "spec": spec,
           "batches": [{"n": b["n"], "inputs": {k: flat(v) for k, v in b["inputs"].items()}, "targets": {k: flat(v) for k, v in b["targets"].items()}} for b in data],
           "start": start, "shape": list(values["output"].shape)}
    out["eval"] = flat(record.pop("eval"))
    out.update({k: v for k, v in record.items() if v != []})
    if steps and net.trained():
        end = {k: flat(v) for k, v in net.state_dict().items()}
        out["end"] = end
    if floats:
        out["float"] = floats
    names = [c["name"] for c in CASES.setdefault(family, [])]
    assert name not in names, name
    CASES[family].append(out)


# --- the cases ---

def layer(family, t, in_shape, name=None, before=True, batches=1, loss=None, optimizer=None, floats=None, batch_size=3, steps=STEPS, **params):
    """A layer behind a linear one (so that its input has a gradient to pass on)."""
    layers = [{"type": "linear", "out_features": in_shape[-1], "bias": False}] if before else []
    layers.append({"type": t, **params})
    text = " ".join(f"{k}={v}" for k, v in params.items())
    spec = {"input": {"shape": list(in_shape)}, "layers": layers, "batch_size": batch_size}
    if loss:
        spec["loss"] = loss
    if optimizer:
        spec["optimizer"] = optimizer
    case(family, name or f"{t} {text}".strip(), spec, batches=batches, floats=floats, steps=steps)


def dense_layers():
    for n in (1, 4):
        layer("layers", "linear", (3,), out_features=n)
    layer("layers", "linear", (3,), out_features=4, in_features=3, bias=False)
    layer("layers", "linear", (2, 3), out_features=4, name="linear on a sequence")
    layer("layers", "linear", (2, 2, 3), out_features=2, name="linear on images")
    case("layers", "linear batches of two sizes", {"input": {"shape": [3]}, "layers": [{"type": "linear", "out_features": 2}]}, batches=2)
    for t, options in (("relu", [{}]), ("leaky_relu", [{}, {"negative_slope": 0.2}]), ("elu", [{}, {"alpha": 0.5}]), ("gelu", [{}]), ("silu", [{}]), ("sigmoid", [{}]),
                       ("tanh", [{}]), ("softplus", [{}, {"beta": 2.5}, {"beta": 3, "threshold": 1}]), ("softmax", [{}]), ("identity", [{}])):
        for o in options:
            layer("layers", t, (5,), **o)
    layer("layers", "softmax", (2, 4), name="softmax of a sequence")
    layer("layers", "softmax", (2, 4), name="softmax over dim 2", dim=2)
    layer("layers", "gelu", (2, 3, 2), name="gelu of images")
    layer("layers", "layer_norm", (5,))
    layer("layers", "layer_norm", (5,), normalized_shape=5, eps=0.1)
    layer("layers", "layer_norm", (5,), elementwise_affine=False)
    layer("layers", "layer_norm", (3, 4), name="layer_norm of a sequence")
    layer("layers", "layer_norm", (3, 4), normalized_shape=[3, 4])
    layer("layers", "layer_norm", (5,), bias=False)
    layer("layers", "dropout", (5,), p=0.3, steps=0)  # in evaluation
    layer("layers", "dropout", (5,), p=0)
    case("layers", "reparameterize", {"input": {"shape": [3]}, "layers": [{"type": "linear", "name": "mu", "out_features": 2}, {"type": "linear", "name": "logvar", "inputs": ["input"], "out_features": 2},
                                                                          {"type": "reparameterize", "inputs": ["mu", "logvar"]}]}, steps=0)
    for shape in ((4,), (3, 5)):
        for o in ({}, {"eps": 0.01}, {"momentum": 0.4}, {"affine": False}, {"track_running_stats": False}):
            text = "".join(f" {k}={v}" for k, v in o.items())
            layer("layers", "batch_norm1d", shape, name=f"batch_norm1d of {len(shape) + 1} dimensions{text}", batch_size=4, batches=2, **o)
    for o in ({}, {"eps": 0.01}, {"momentum": 0.4}, {"affine": False}, {"track_running_stats": False}):
        layer("layers", "batch_norm2d", (2, 3, 4), batches=2, **o)
    layer("layers", "batch_norm2d", (2, 2, 2), num_features=2)
    layer("layers", "batch_norm1d", (4,), num_features=4, name="batch_norm1d num_features=4")
    tokens = {"tokens": 4, "vocab_size": 6}
    for o in ({}, {"padding_idx": 2}, {"padding_idx": 0}):
        e = {"type": "embedding", "num_embeddings": 6, "embedding_dim": 3, **o}
        case("layers", " ".join(["embedding"] + [f"{k}={v}" for k, v in o.items()]), {"input": tokens, "layers": [e]}, batches=2)
    case("layers", "embedding of the input's vocabulary", {"input": tokens, "layers": [{"type": "embedding", "embedding_dim": 3}]})
    for kind in ("sinusoidal", "learned"):
        layer("layers", "positional_encoding", (4, 5 if kind == "sinusoidal" else 3), kind=kind)
    layer("layers", "class_token", (3, 4), batches=2)


def shape_layers():
    layer("layers", "flatten", (2, 3, 2))
    layer("layers", "reshape", (2, 6), shape=[3, 4])
    layer("layers", "mean", (4, 3), name="mean over time")
    for i in (0, 2, -1):
        layer("layers", "select", (3, 4), index=i)
    for dim, shape in ((1, (3,)), (-1, (2, 3)), (1, (2, 3)), (2, (2, 2, 3))):
        two = [{"type": "linear", "name": "a", "out_features": shape[-1]}, {"type": "tanh", "name": "b", "inputs": ["input"]}]
        case("layers", f"cat dim={dim} of {len(shape) + 1} dimensions", {"input": {"shape": list(shape)}, "layers": two + [{"type": "cat", "inputs": ["a", "b"], "dim": dim}]})
    three = [{"type": "linear", "name": n, "out_features": 4, "inputs": ["input"]} for n in "abc"]
    for t in ("add", "mul"):
        for names in (["a", "b"], ["a", "b", "c"], ["a", "a"]):
            case("layers", f"{t} of {' '.join(names)}", {"input": {"shape": [3]}, "layers": three[:len(set(names))] + [{"type": t, "inputs": names}]})
    case("layers", "cat of three", {"input": {"shape": [3]}, "layers": three + [{"type": "cat", "inputs": ["a", "b", "c"], "dim": 1}]})
    case("layers", "cat of different widths", {"input": {"shape": [3]}, "layers": [{"type": "linear", "name": "a", "out_features": 2}, {"type": "linear", "name": "b", "inputs": ["input"], "out_features": 4},
                                                                                   {"type": "cat", "inputs": ["b", "a"], "dim": -1}]})


def convolutions():
    def conv1d(**o):
        layer("convolutions", "conv1d", (2, 7), **{"out_channels": 3, "kernel_size": 3, **o})

    def conv2d(shape=(2, 5, 6), **o):
        layer("convolutions", "conv2d", shape, **{"out_channels": 3, "kernel_size": 3, **o})

    conv1d()
    conv1d(in_channels=2, kernel_size=1)
    for o in ({"stride": 2}, {"padding": 1}, {"padding": 2, "stride": 3}, {"padding": "same"}, {"padding": "same", "kernel_size": 4}, {"padding": "valid"}, {"dilation": 2},
              {"padding": "same", "dilation": 2}, {"groups": 2, "out_channels": 4}, {"bias": False}, {"stride": 2, "dilation": 2, "padding": 3}):
        conv1d(**o)
    conv2d()
    conv2d(in_channels=2, kernel_size=1)
    conv2d(kernel_size=[2, 3])
    for o in ({"stride": 2}, {"stride": [2, 1]}, {"padding": 1}, {"padding": [0, 2]}, {"padding": "same"}, {"padding": "same", "kernel_size": [2, 3]}, {"padding": "same", "kernel_size": 4},
              {"padding": "valid"}, {"dilation": 2}, {"dilation": [1, 2], "padding": "same"}, {"groups": 2, "out_channels": 4}, {"groups": 2, "out_channels": 2, "stride": 2, "padding": 1}, {"bias": False},
              {"stride": 3, "padding": 2, "dilation": 2, "kernel_size": 2}, {"kernel_size": 5, "padding": 2}):
        conv2d(**o)
    layer("convolutions", "conv2d", (3, 4, 4), out_channels=3, kernel_size=3, groups=3, padding=1, name="conv2d depthwise")
    layer("convolutions", "conv2d", (2, 4, 4), out_channels=2, kernel_size=3, batches=2, name="conv2d batches of two sizes")

    def transposed(**o):
        layer("convolutions", "conv_transpose2d", (2, 3, 3), **{"out_channels": 2, "kernel_size": 3, **o})

    transposed()
    transposed(in_channels=2, kernel_size=1)
    for o in ({"stride": 2}, {"stride": 2, "padding": 1}, {"stride": 2, "padding": 1, "output_padding": 1}, {"stride": [2, 3], "output_padding": [1, 0]}, {"dilation": 2},
              {"groups": 2, "out_channels": 4}, {"bias": False}, {"kernel_size": [2, 3], "stride": [1, 2]}, {"kernel_size": 2, "stride": 2}, {"padding": 2}, {"dilation": 2, "stride": 2, "output_padding": 1}):
        transposed(**o)

    for t, shape in (("max_pool1d", (2, 8)), ("max_pool2d", (2, 5, 6))):
        for o in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2}, {"kernel_size": 3, "stride": 1, "padding": 1}, {"kernel_size": 2, "dilation": 2, "stride": 1},
                  {"kernel_size": 3, "stride": 2, "ceil_mode": True}, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}):
            layer("convolutions", t, shape, **o)
    layer("convolutions", "max_pool2d", (2, 5, 6), kernel_size=[2, 3], stride=[2, 1])
    for t, shape in (("avg_pool1d", (2, 8)), ("avg_pool2d", (2, 5, 6))):
        for o in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2}, {"kernel_size": 3, "stride": 1, "padding": 1}, {"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": False},
                  {"kernel_size": 3, "stride": 2, "ceil_mode": True}, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
                  {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}):
            layer("convolutions", t, shape, **o)
    layer("convolutions", "avg_pool2d", (2, 5, 6), kernel_size=[2, 3], stride=[2, 1])
    for n in (1, 3):
        layer("convolutions", "adaptive_avg_pool1d", (2, 8), output_size=n)
    for n in (1, 3, [2, 4]):
        layer("convolutions", "adaptive_avg_pool2d", (2, 5, 6), output_size=n)
    for n in (2, 3):
        layer("convolutions", "upsample", (2, 2, 3), scale_factor=n)
    layer("convolutions", "upsample", (2, 4), scale_factor=3, mode="nearest")


def recurrent():
    for t in ("rnn", "lstm", "gru"):
        for o in ({"output": "sequence"}, {"output": "last"}, {"output": "sequence", "bias": False}, {"output": "sequence", "num_layers": 2}, {"output": "last", "num_layers": 2},
                  {"output": "sequence", "bidirectional": True}, {"output": "last", "bidirectional": True}, {"output": "sequence", "num_layers": 2, "bidirectional": True},
                  {"output": "last", "num_layers": 2, "bidirectional": True}):
            layer("recurrent", t, (4, 3), hidden_size=2, **o)
        layer("recurrent", t, (3, 3), hidden_size=2, input_size=3, output="last")
        if t == "rnn":
            layer("recurrent", t, (4, 3), hidden_size=3, nonlinearity="relu", output="sequence")
            layer("recurrent", t, (4, 3), hidden_size=2, nonlinearity="relu", output="last", num_layers=2, bidirectional=True)
            layer("recurrent", t, (4, 3), hidden_size=2, nonlinearity="tanh", output="last")
        layer("recurrent", t, (4, 3), hidden_size=2, output="last", batches=2, name=f"{t} batches of two sizes")
        layer("recurrent", t, (4, 3), hidden_size=2, num_layers=2, dropout=0.5, steps=0)
        layer("recurrent", t, (1, 3), hidden_size=2, output="sequence", name=f"{t} of one step")


def attention():
    sequence = {"shape": [3, 4]}

    def mha(name, inputs, roles, **o):
        layers = [{"type": "linear", "name": f"p{n}", "inputs": [n], "out_features": 4, "bias": False} for n in dict.fromkeys(roles)]
        layers.append({"type": "multihead_attention", "name": "attention", "inputs": [f"p{n}" for n in roles], "num_heads": 2, **o})
        case("attention", name, {"inputs": inputs, "layers": layers}, adjust=show_first)

    def show_first(inputs):
        for x in inputs.values():
            if not x.is_floating_point():  # a query that sees no key is NaN in PyTorch
                x[:, 0] = 0 if x.max() <= 1 else 3

    layer("attention", "multihead_attention", (3, 4), num_heads=1)
    layer("attention", "multihead_attention", (3, 4), num_heads=2, embed_dim=4)
    layer("attention", "multihead_attention", (3, 4), num_heads=2, bias=False)
    layer("attention", "multihead_attention", (4, 4), num_heads=2, causal=True)
    layer("attention", "multihead_attention", (3, 4), num_heads=4, diagonal=True)
    layer("attention", "multihead_attention", (5, 4), num_heads=2, window=1)
    layer("attention", "multihead_attention", (5, 4), num_heads=2, window=2, causal=True)
    layer("attention", "multihead_attention", (3, 4), num_heads=2, dropout=0.4, steps=0)
    two = {"a": sequence, "b": {"shape": [5, 4]}}
    mha("cross attention", two, ["a", "b"])
    mha("cross attention without bias", two, ["a", "b"], bias=False)
    mha("cross attention, causal", {"a": {"shape": [4, 4]}, "b": {"shape": [4, 4]}}, ["a", "b"], causal=True)
    mha("attention of q, k and v", {**two, "c": {"shape": [5, 4]}}, ["a", "b", "c"])
    mha("attention of q and k as one", {**two, "a": {"shape": [5, 4]}}, ["a", "a", "b"])
    mha("padding mask", {"a": {"shape": [5, 4]}, "pad": {"tokens": 5, "vocab_size": 2}}, ["a"], key_padding_mask="pad")
    mha("padding mask by token", {"a": {"shape": [5, 4]}, "ids": {"tokens": 5, "vocab_size": 4}}, ["a"], key_padding_mask="ids", padding_idx=2)
    mha("padding mask by token 0", {"a": {"shape": [5, 4]}, "ids": {"tokens": 5, "vocab_size": 4}}, ["a"], key_padding_mask="ids", padding_idx=0)
    mha("padding mask across", {**two, "pad": {"tokens": 5, "vocab_size": 2}}, ["a", "b"], key_padding_mask="pad")
    mha("padding mask and causal", {"a": {"shape": [5, 4]}, "pad": {"tokens": 5, "vocab_size": 2}}, ["a"], key_padding_mask="pad", causal=True)

    base = {"nhead": 2, "dim_feedforward": 5, "dropout": 0}
    options = ({}, {"activation": "gelu"}, {"norm_first": True}, {"norm_first": True, "activation": "gelu"}, {"layer_norm_eps": 0.01}, {"nhead": 1}, {"causal": True})
    for o in options:
        layer("attention", "transformer_encoder_layer", (3, 4), **{**base, **o})
    layer("attention", "transformer_encoder_layer", (3, 4), **{**base, "dropout": 0.2}, steps=0)

    def two_inputs(name, t, memory=True, extra=None, **o):
        inputs = {"src": {"shape": [3, 4]}, "tgt": {"shape": [2, 4]}} if memory else {"src": {"shape": [3, 4]}}
        inputs.update(extra or {})
        first = {"transformer": ["src", "tgt"], "transformer_encoder": ["src"], "transformer_encoder_layer": ["src"]}.get(t, ["tgt", "src"])
        layers = [{"type": "linear", "name": f"p_{n}", "inputs": [n], "out_features": 4, "bias": False} for n in first]
        layers.append({"type": t, "name": "net", "inputs": [f"p_{n}" for n in first], **base, **o})
        case("attention", name, {"inputs": inputs, "layers": layers}, adjust=show_first)

    masks = {"src_ids": {"tokens": 3, "vocab_size": 4}, "tgt_ids": {"tokens": 2, "vocab_size": 4}}
    for o in options:
        text = "".join(f" {k}={v}" for k, v in o.items() if k != "causal")
        if "causal" in o:
            o, text = {"causal": False}, " causal=False"
        two_inputs(f"transformer_decoder_layer{text}", "transformer_decoder_layer", **o)
    for t in ("transformer_encoder_layer", "transformer_decoder_layer", "transformer_encoder", "transformer_decoder", "transformer"):
        more = {"num_layers": 1} if t in ("transformer_encoder", "transformer_decoder") else {"num_encoder_layers": 1, "num_decoder_layers": 1} if t == "transformer" else {}
        two_inputs(f"{t} d_model and eps", t, memory="decoder" in t or t == "transformer", d_model=4, layer_norm_eps=0.05, activation="gelu", **more)
    two_inputs("transformer_decoder masks", "transformer_decoder", extra=masks, tgt_key_padding_mask="tgt_ids", memory_key_padding_mask="src_ids", padding_idx=1, num_layers=1)
    two_inputs("transformer_decoder_layer masks", "transformer_decoder_layer", extra=masks, tgt_key_padding_mask="tgt_ids", memory_key_padding_mask="src_ids", padding_idx=1)
    for t in ("transformer_encoder_layer", "transformer_encoder"):
        more = {"num_layers": 2} if t == "transformer_encoder" else {}
        two_inputs(f"{t} mask", t, memory=False, extra={"src_ids": {"tokens": 3, "vocab_size": 4}}, src_key_padding_mask="src_ids", padding_idx=1, **more)
        two_inputs(f"{t} mask of ones", t, memory=False, extra={"pad": {"tokens": 3, "vocab_size": 2}}, src_key_padding_mask="pad", **more)
    for o in ({"num_layers": 1}, {"num_layers": 2, "norm": False}, {"num_layers": 2, "norm_first": True, "causal": True}):
        text = "".join(f" {k}={v}" for k, v in o.items())
        two_inputs(f"transformer_encoder{text}", "transformer_encoder", memory=False, **o)
    for o in ({"num_layers": 1}, {"num_layers": 2, "norm": False}, {"num_layers": 2, "norm_first": True, "causal": False}):
        text = "".join(f" {k}={v}" for k, v in o.items())
        two_inputs(f"transformer_decoder{text}", "transformer_decoder", **o)
    small = {"num_encoder_layers": 1, "num_decoder_layers": 1}
    for o in ({}, {"norm_first": True}, {"activation": "gelu", "d_model": 4}, {"causal": False}, {"num_encoder_layers": 2}, {"num_decoder_layers": 2}):
        text = "".join(f" {k}={v}" for k, v in o.items())
        two_inputs(f"transformer{text}", "transformer", **{**small, **o})
    two_inputs("transformer masks", "transformer", extra=masks, src_key_padding_mask="src_ids", tgt_key_padding_mask="tgt_ids", memory_key_padding_mask="src_ids", padding_idx=1, **small)


def losses():
    def loss(name, spec_loss, shape=(3,), out=4, input=None):
        case("losses", name, {"input": input or {"shape": list(shape)}, "layers": [{"type": "linear", "out_features": out}], "loss": spec_loss, "optimizer": {"type": "sgd", "lr": 0.01}}, batches=2)

    for reduction in ("mean", "sum"):
        for t, options in (("mse", [{}]), ("l1", [{}]), ("huber", [{}, {"delta": 0.3}, {"delta": 2.5}]), ("bce_with_logits", [{}, {"pos_weight": [0.5, 1, 2, 4]}]),
                           ("cross_entropy", [{}, {"label_smoothing": 0.1}, {"ignore_index": 2}, {"weight": [0.5, 2, 1, 0.25]}, {"weight": [0.5, 2, 1, 0.25], "label_smoothing": 0.2, "ignore_index": 1},
                                              {"ignore_index": -1}])):
            for o in options:
                text = "".join(f" {k}={v}" for k, v in o.items())
                loss(f"{t} {reduction}{text}", {"type": t, "reduction": reduction, **o})
    for t in ("mse", "l1", "huber", "bce_with_logits"):
        loss(f"{t} of sequences", {"type": t}, shape=(2, 3))
    for o in ({}, {"ignore_index": 3}, {"label_smoothing": 0.1, "ignore_index": 0}):
        loss(f"cross_entropy of sequences{''.join(f' {k}={v}' for k, v in o.items())}", {"type": "cross_entropy", **o}, shape=(3, 2))
    latent = [{"type": "linear", "name": "hidden", "out_features": 4}, {"type": "tanh", "name": "h"},
              {"type": "linear", "name": "mu", "inputs": ["h"], "out_features": 2}, {"type": "linear", "name": "logvar", "inputs": ["h"], "out_features": 2}]
    for reduction in ("batchmean", "mean", "sum"):
        case("losses", f"kl {reduction}", {"input": {"shape": [3]}, "layers": latent, "loss": [{"type": "kl", "name": "kl", "inputs": ["mu", "logvar"], "reduction": reduction}]}, batches=2)
    for o in ({}, {"lambda_obj": 2}, {"lambda_noobj": 0.1}, {"lambda_box": 0.5}, {"lambda_cls": 3}, {"lambda_obj": 0.5, "lambda_noobj": 2, "lambda_box": 0, "lambda_cls": 0.25}):
        case("losses", f"detection{''.join(f' {k}={v}' for k, v in o.items())}", {
            "input": {"shape": [2, 4, 3]}, "layers": [{"type": "conv2d", "out_channels": 8, "kernel_size": 1}], "loss": {"type": "detection", **o}, "optimizer": {"type": "sgd", "lr": 0.01}}, batches=2)
    case("losses", "kl beside a reconstruction", {
        "input": {"shape": [3]}, "layers": latent + [{"type": "linear", "name": "decoder", "inputs": ["mu"], "out_features": 3}],
        "loss": [{"type": "mse", "name": "reconstruction", "inputs": ["decoder"], "target": "input"}, {"type": "kl", "name": "kl", "inputs": ["mu", "logvar"], "loss_weight": 0.25}]}, batches=2)


def optimizers():
    small = {"input": {"shape": [3]}, "layers": [{"type": "linear", "out_features": 4}, {"type": "tanh"}, {"type": "linear", "out_features": 2}]}
    table = {
        "sgd": [{}, {"lr": 0.1}, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}, {"lr": 0.1, "momentum": 0.9, "nesterov": True}, {"lr": 0.1, "weight_decay": 0.1},
                {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, {"lr": 0.1, "momentum": 0.5, "dampening": 0.5, "weight_decay": 0.1}],
        "rmsprop": [{}, {"lr": 0.02}, {"lr": 0.02, "alpha": 0.9}, {"lr": 0.02, "centered": True}, {"lr": 0.01, "momentum": 0.9}, {"lr": 0.01, "momentum": 0.5, "centered": True, "weight_decay": 0.1},
                    {"lr": 0.02, "eps": 1e-3, "weight_decay": 0.1}],
        "adam": [{}, {"lr": 0.05}, {"lr": 0.05, "betas": [0.8, 0.95]}, {"lr": 0.05, "eps": 1e-3}, {"lr": 0.05, "weight_decay": 0.1}, {"lr": 0.05, "betas": [0, 0.9]}],
        "adamw": [{}, {"lr": 0.05}, {"lr": 0.05, "weight_decay": 0.2}, {"lr": 0.05, "weight_decay": 0, "betas": [0.7, 0.9], "eps": 1e-4}],
        "adagrad": [{}, {"lr": 0.1}, {"lr": 0.1, "lr_decay": 0.1}, {"lr": 0.1, "initial_accumulator_value": 0.5}, {"lr": 0.1, "weight_decay": 0.1, "eps": 1e-3}],
    }
    for t, options in table.items():
        for o in options:
            case("optimizers", " ".join([t] + [f"{k}={v}" for k, v in o.items()]), {**small, "optimizer": {"type": t, **o}}, batches=2)
    for clip in ({"max_norm": 0.1}, {"max_norm": 100}, {"clip_value": 0.05}, {"max_norm": 0.2, "clip_value": 0.05}, {"max_norm": 0, "clip_value": 0}):
        case("optimizers", "clipping " + " ".join(f"{k}={v}" for k, v in clip.items()), {**small, "optimizer": {"type": "sgd", "lr": 0.1, "momentum": 0.9}, "gradient_clipping": clip}, batches=2)
    for r in ({"l1": 0.01}, {"l2": 0.1}, {"l1": 0.02, "l2": 0.05}):
        text = " ".join(f"{k}={v}" for k, v in r.items())
        case("optimizers", f"penalty {text}", {**small, "optimizer": {"type": "sgd", "lr": 0.1}, "regularization": r}, batches=2)
        case("optimizers", f"penalty {text} with adam", {**small, "optimizer": {"type": "adam", "lr": 0.02}, "regularization": r})
    case("optimizers", "penalty with clipping", {**small, "optimizer": {"type": "sgd", "lr": 0.1}, "regularization": {"l1": 0.1, "l2": 0.5}, "gradient_clipping": {"max_norm": 0.3}})
    penalty = {"l1": 0.02, "l2": 0.1}
    for t, shape, params in (("rnn", [3, 2], {"hidden_size": 2, "num_layers": 2}), ("lstm", [3, 2], {"hidden_size": 2, "bidirectional": True}), ("gru", [3, 2], {"hidden_size": 2}),
                             ("conv1d", [2, 4], {"out_channels": 2, "kernel_size": 2}), ("conv2d", [1, 3, 3], {"out_channels": 2, "kernel_size": 2}),
                             ("conv_transpose2d", [1, 2, 2], {"out_channels": 2, "kernel_size": 2}), ("multihead_attention", [3, 2], {"num_heads": 1}),
                             ("transformer_encoder_layer", [3, 2], {"nhead": 1, "dim_feedforward": 3, "dropout": 0})):
        case("optimizers", f"penalty on {t}", {"input": {"shape": shape}, "layers": [{"type": t, **params}], "regularization": penalty})
    case("optimizers", "penalty spares batch norm", {"input": {"shape": [2, 2, 2]}, "layers": [{"type": "conv2d", "out_channels": 2, "kernel_size": 1}, {"type": "batch_norm2d"}, {"type": "flatten"},
                                                                                             {"type": "linear", "out_features": 3}, {"type": "batch_norm1d"}], "regularization": penalty})
    case("optimizers", "penalty spares norms and positions", {
        "input": {"tokens": 3, "vocab_size": 4}, "layers": [{"type": "embedding", "num_embeddings": 4, "embedding_dim": 3}, {"type": "positional_encoding", "kind": "learned"}, {"type": "layer_norm"},
                                                            {"type": "linear", "out_features": 2}], "regularization": {"l1": 0.05, "l2": 0.2}})


def schedules():
    small = {"input": {"shape": [3]}, "layers": [{"type": "linear", "out_features": 2}]}
    kinds = [{"type": "constant"}, {"type": "step", "step_size": 3, "gamma": 0.5}, {"type": "step", "step_size": 1, "gamma": 0.8}, {"type": "exponential", "gamma": 0.8},
             {"type": "cosine", "T_max": 12}, {"type": "cosine", "T_max": 4, "eta_min": 0.02}]
    for s in kinds:
        for warmup in ({}, {"warmup_steps": 4, "warmup_start_factor": 0.25}, {"warmup_steps": 1, "warmup_start_factor": 0.5}, {"warmup_steps": 20, "warmup_start_factor": 0.1}):
            if warmup.get("warmup_steps", 4) != 4 and s["type"] not in ("constant", "exponential"):
                continue
            name = " ".join([s["type"]] + [f"{k}={v}" for k, v in {**s, **warmup}.items() if k != "type"])
            case("schedules", name, {**small, "optimizer": {"type": "sgd", "lr": 0.1}, "schedule": {**s, **warmup}})
    for lr, o in ((1, {"d_model": 16, "warmup_steps": 4}), (0.5, {"d_model": 8, "warmup_steps": 20}), (1, {"d_model": 64, "warmup_steps": 1})):
        case("schedules", f"transformer lr={lr} " + " ".join(f"{k}={v}" for k, v in o.items()), {**small, "optimizer": {"type": "adam", "lr": lr, "betas": [0.9, 0.98], "eps": 1e-9}, "schedule": {"type": "transformer", **o}})


def structure():
    """Graphs: several inputs, several losses, shared parameters, frozen parts."""
    two = {"a": {"shape": [3]}, "b": {"shape": [2]}}
    case("structure", "two inputs", {"inputs": two, "layers": [{"type": "linear", "name": "la", "inputs": ["a"], "out_features": 4}, {"type": "linear", "name": "lb", "inputs": ["b"], "out_features": 4},
                                                              {"type": "mul", "inputs": ["la", "lb"]}, {"type": "linear", "out_features": 2}]}, batches=2)
    case("structure", "values and tokens", {"inputs": {"x": {"shape": [3]}, "ids": {"tokens": 2, "vocab_size": 5}}, "layers": [
        {"type": "embedding", "name": "e", "inputs": ["ids"], "num_embeddings": 5, "embedding_dim": 3}, {"type": "mean", "name": "m"}, {"type": "cat", "inputs": ["x", "m"], "dim": 1}, {"type": "linear", "out_features": 2}]}, batches=2)
    heads = [{"type": "linear", "name": "trunk", "out_features": 4}, {"type": "tanh", "name": "h"}, {"type": "linear", "name": "class", "inputs": ["h"], "out_features": 3},
             {"type": "linear", "name": "value", "inputs": ["h"], "out_features": 1}]
    for weights in ((1, 1), (0.5, 2)):
        case("structure", f"two losses of weights {weights[0]} and {weights[1]}", {"input": {"shape": [3]}, "layers": heads, "loss": [
            {"type": "cross_entropy", "name": "kind", "inputs": ["class"], "loss_weight": weights[0]}, {"type": "mse", "name": "size", "inputs": ["value"], "loss_weight": weights[1]}]}, batches=2)
    case("structure", "a loss against an input", {"input": {"shape": [4]}, "layers": [{"type": "linear", "name": "code", "out_features": 2}, {"type": "tanh"}, {"type": "linear", "name": "decoder", "out_features": 4}],
                                                  "loss": [{"type": "mse", "name": "reconstruction", "inputs": ["decoder"], "target": "input"}]}, batches=2)
    case("structure", "three losses, one value under two", {"input": {"shape": [3]}, "layers": heads, "loss": [
        {"type": "cross_entropy", "name": "kind", "inputs": ["class"]}, {"type": "mse", "name": "size", "inputs": ["value"]}, {"type": "l1", "name": "size_l1", "inputs": ["value"], "loss_weight": 0.3}]})
    case("structure", "a shared linear layer", {"input": {"shape": [3]}, "layers": [{"type": "linear", "name": "one", "out_features": 3}, {"type": "tanh"}, {"type": "linear", "name": "again", "share": "one", "out_features": 3},
                                                                                {"type": "tanh"}, {"type": "linear", "share": "one", "out_features": 3}]}, batches=2)
    case("structure", "two inputs through one encoder", {"inputs": {"a": {"shape": [3]}, "b": {"shape": [3]}}, "layers": [
        {"type": "linear", "name": "enc", "inputs": ["a"], "out_features": 2}, {"type": "tanh", "name": "ta"}, {"type": "linear", "name": "enc_b", "share": "enc", "inputs": ["b"], "out_features": 2}, {"type": "tanh", "name": "tb"},
        {"type": "cat", "inputs": ["ta", "tb"], "dim": 1}, {"type": "linear", "out_features": 1}], "loss": {"type": "bce_with_logits"}})
    case("structure", "a shared lstm", {"inputs": {"a": {"shape": [3, 2]}, "b": {"shape": [2, 2]}}, "layers": [
        {"type": "lstm", "name": "enc", "inputs": ["a"], "hidden_size": 2, "output": "last"}, {"type": "lstm", "name": "enc_b", "share": "enc", "inputs": ["b"], "hidden_size": 2, "output": "last"},
        {"type": "mul", "inputs": ["enc", "enc_b"]}]})
    case("structure", "a shared attention", {"input": {"shape": [3, 4]}, "layers": [
        {"type": "multihead_attention", "name": "one", "num_heads": 2}, {"type": "multihead_attention", "name": "two", "share": "one", "num_heads": 2}]})
    case("structure", "a shared transformer layer", {"input": {"shape": [3, 4]}, "layers": [
        {"type": "transformer_encoder_layer", "name": "one", "nhead": 2, "dim_feedforward": 4, "dropout": 0}, {"type": "transformer_encoder_layer", "name": "two", "share": "one", "nhead": 2, "dim_feedforward": 4, "dropout": 0}]})
    for where in ((0,), (2,), (0, 2)):
        layers = [{"type": "linear", "out_features": 4}, {"type": "tanh"}, {"type": "linear", "out_features": 4}, {"type": "tanh"}, {"type": "linear", "out_features": 2}]
        for i in where:
            layers[i] = {**layers[i], "frozen": True}
        case("structure", f"frozen layers {' '.join(map(str, where))}", {"input": {"shape": [3]}, "layers": layers, "optimizer": {"type": "adam", "lr": 0.05, "weight_decay": 0.1}, "regularization": {"l2": 0.1}})
    case("structure", "a frozen embedding", {"input": {"tokens": 3, "vocab_size": 5}, "layers": [{"type": "embedding", "frozen": True, "num_embeddings": 5, "embedding_dim": 3}, {"type": "mean"}, {"type": "linear", "out_features": 2}]})
    case("structure", "a frozen shared layer", {"input": {"shape": [3]}, "layers": [{"type": "linear", "name": "one", "out_features": 3, "frozen": True}, {"type": "tanh"}, {"type": "linear", "out_features": 3}, {"type": "tanh"},
                                                                                  {"type": "linear", "name": "again", "share": "one", "frozen": True, "out_features": 3}]})
    case("structure", "an output before the last layer", {"input": {"shape": [3]}, "output": "h", "layers": [{"type": "linear", "name": "h", "out_features": 2}, {"type": "linear", "name": "unused", "out_features": 2}]})
    case("structure", "a residual block", {"input": {"shape": [4]}, "layers": [{"type": "linear", "name": "in", "out_features": 4}, {"type": "relu"}, {"type": "linear", "name": "out", "out_features": 4}, {"type": "add", "inputs": ["in", "out"]},
                                                                           {"type": "layer_norm"}]})
    case("structure", "an input that feeds twice", {"input": {"shape": [3]}, "layers": [{"type": "linear", "name": "gate", "out_features": 3}, {"type": "sigmoid", "name": "s"}, {"type": "mul", "inputs": ["s", "input"]}, {"type": "linear", "out_features": 2}]})


def models():
    """Whole models over 50 steps."""
    case("models", "mlp", {"batch_size": 16, "input": {"shape": [2]}, "layers": [
        {"type": "linear", "out_features": 8}, {"type": "relu"}, {"type": "linear", "out_features": 8}, {"type": "tanh"}, {"type": "linear", "out_features": 3}],
        "loss": {"type": "cross_entropy"}, "optimizer": {"type": "sgd", "lr": 0.1, "momentum": 0.9}}, batches=2, steps=50)
    case("models", "lenet with batch norm", {"batch_size": 6, "input": {"shape": [1, 12, 12]}, "layers": [
        {"type": "conv2d", "out_channels": 4, "kernel_size": 5, "padding": 2}, {"type": "batch_norm2d"}, {"type": "relu"}, {"type": "max_pool2d", "kernel_size": 2},
        {"type": "conv2d", "out_channels": 6, "kernel_size": 3}, {"type": "batch_norm2d"}, {"type": "relu"}, {"type": "max_pool2d", "kernel_size": 2}, {"type": "flatten"},
        {"type": "linear", "out_features": 8}, {"type": "batch_norm1d"}, {"type": "relu"}, {"type": "linear", "out_features": 4}],
        "loss": {"type": "cross_entropy"}, "optimizer": {"type": "sgd", "lr": 0.02, "momentum": 0.9, "weight_decay": 0.001}}, batches=2, steps=50)
    case("models", "bidirectional two-layer lstm", {"batch_size": 6, "input": {"tokens": 6, "vocab_size": 7}, "layers": [
        {"type": "embedding", "num_embeddings": 7, "embedding_dim": 4}, {"type": "lstm", "hidden_size": 4, "num_layers": 2, "bidirectional": True, "output": "last"}, {"type": "linear", "out_features": 3}],
        "loss": {"type": "cross_entropy"}, "optimizer": {"type": "adam", "lr": 0.02}, "gradient_clipping": {"max_norm": 1}}, batches=2, steps=50)

    # Attention's bias of k has no effect: its gradient is rounding alone, which Adam would scale up to a step; hence eps.
    def begin_with(inputs):
        for x in inputs.values():
            x[:, 0] = 1  # the start token, never padding

    case("models", "encoder-decoder transformer", {"batch_size": 5, "inputs": {"src": {"tokens": 5, "vocab_size": 6}, "tgt": {"tokens": 4, "vocab_size": 6}}, "layers": [
        {"type": "embedding", "name": "src_embedding", "inputs": ["src"], "num_embeddings": 6, "embedding_dim": 8, "padding_idx": 0}, {"type": "positional_encoding", "name": "src_x"},
        {"type": "embedding", "name": "tgt_embedding", "inputs": ["tgt"], "num_embeddings": 6, "embedding_dim": 8, "padding_idx": 0}, {"type": "positional_encoding", "name": "tgt_x"},
        {"type": "transformer", "name": "transformer", "inputs": ["src_x", "tgt_x"], "nhead": 2, "num_encoder_layers": 1, "num_decoder_layers": 1, "dim_feedforward": 12, "dropout": 0,
         "src_key_padding_mask": "src", "memory_key_padding_mask": "src", "padding_idx": 0},
        {"type": "linear", "name": "head", "out_features": 6}],
        "loss": {"type": "cross_entropy", "label_smoothing": 0.1, "ignore_index": 0}, "optimizer": {"type": "adam", "lr": 0.3, "betas": [0.9, 0.98], "eps": 1e-7},
        "schedule": {"type": "transformer", "d_model": 8, "warmup_steps": 20}}, batches=2, steps=50, adjust=begin_with)
    case("models", "causal language model", {"batch_size": 4, "input": {"tokens": 6, "vocab_size": 7}, "layers": [
        {"type": "embedding", "num_embeddings": 7, "embedding_dim": 8}, {"type": "positional_encoding", "kind": "learned"},
        {"type": "transformer_encoder", "num_layers": 2, "nhead": 2, "dim_feedforward": 12, "dropout": 0, "causal": True, "norm_first": True, "activation": "gelu"},
        {"type": "linear", "out_features": 7, "bias": False}],
        "loss": {"type": "cross_entropy"}, "optimizer": {"type": "adamw", "lr": 0.01, "weight_decay": 0.1}, "gradient_clipping": {"max_norm": 1},
        "schedule": {"type": "cosine", "T_max": 40, "eta_min": 0.001, "warmup_steps": 10, "warmup_start_factor": 0.1}}, batches=2, steps=50)
    case("models", "vision transformer", {"batch_size": 4, "input": {"shape": [4, 9]}, "layers": [
        {"type": "linear", "name": "patches", "out_features": 8}, {"type": "class_token", "name": "tokens"}, {"type": "positional_encoding", "kind": "learned", "name": "x"},
        {"type": "transformer_encoder", "name": "encoder", "num_layers": 2, "nhead": 2, "dim_feedforward": 12, "dropout": 0, "norm_first": True, "activation": "gelu"},
        {"type": "select", "index": 0}, {"type": "linear", "out_features": 5}],
        "loss": {"type": "cross_entropy", "label_smoothing": 0.1}, "optimizer": {"type": "adam", "lr": 0.01, "eps": 1e-6},
        "schedule": {"type": "cosine", "T_max": 40, "warmup_steps": 10, "warmup_start_factor": 0.1}}, batches=2, steps=50)


# --- initialisations: what PyTorch's draws are like ---

def statistics(p):
    p = p.detach()
    return {"shape": list(p.shape), "mean": number(p.mean().item()), "std": number(p.std(unbiased=False).item()), "min": number(p.min().item()), "max": number(p.max().item())}


def initialisations():
    out = []

    def explicit(name, init, apply):
        for t, shape, params in (("linear", [300], {"out_features": 400}), ("conv2d", [32, 4, 4], {"out_channels": 64, "kernel_size": 3})):
            torch.manual_seed(len(out))
            w = torch.empty(400, 300) if t == "linear" else torch.empty(64, 32, 3, 3)
            apply(w)
            out.append({"name": f"{t} {name}", "spec": {"seed": 1, "batch_size": 1, "input": {"shape": shape}, "layers": [{"type": t, **params, "init": init}]},
                        "parameters": {"0.weight": statistics(w), "0.bias": statistics(torch.zeros(len(w)))}, **({"orthogonal": init.get("gain", 1)} if init["type"] == "orthogonal" else {})})

    init = nn.init
    explicit("zeros", {"type": "zeros"}, init.zeros_)
    explicit("constant", {"type": "constant", "value": 0.25}, lambda w: init.constant_(w, 0.25))
    explicit("uniform", {"type": "uniform"}, init.uniform_)
    explicit("uniform a b", {"type": "uniform", "a": -0.5, "b": 0.25}, lambda w: init.uniform_(w, -0.5, 0.25))
    explicit("normal", {"type": "normal"}, init.normal_)
    explicit("normal mean std", {"type": "normal", "mean": 0.5, "std": 0.1}, lambda w: init.normal_(w, 0.5, 0.1))
    for kind, function in (("uniform", init.xavier_uniform_), ("normal", init.xavier_normal_)):
        explicit(f"xavier_{kind}", {"type": f"xavier_{kind}"}, function)
        explicit(f"xavier_{kind} gain", {"type": f"xavier_{kind}", "gain": 1.5}, lambda w: function(w, 1.5))
    for kind, function in (("uniform", init.kaiming_uniform_), ("normal", init.kaiming_normal_)):
        explicit(f"kaiming_{kind}", {"type": f"kaiming_{kind}"}, function)
        for mode in ("fan_in", "fan_out"):
            for f in ("linear", "relu", "leaky_relu", "tanh", "sigmoid"):
                explicit(f"kaiming_{kind} {mode} {f}", {"type": f"kaiming_{kind}", "mode": mode, "nonlinearity": f}, lambda w: function(w, mode=mode, nonlinearity=f))
        explicit(f"kaiming_{kind} leak", {"type": f"kaiming_{kind}", "a": 0.5}, lambda w: function(w, a=0.5))
    explicit("orthogonal", {"type": "orthogonal"}, init.orthogonal_)
    explicit("orthogonal gain", {"type": "orthogonal", "gain": 2}, lambda w: init.orthogonal_(w, 2))

    def default(name, inputs, layer, x):
        torch.manual_seed(len(out))
        module = make_module(layer["type"], layer, x)
        given = {"inputs": inputs} if "inputs" in layer else {"input": inputs}
        parameters = {f"net.{k}": statistics(p.double()) for k, p in module.state_dict().items()}
        zero_row = {"zero_row": layer["padding_idx"]} if "padding_idx" in layer else {}
        out.append({"name": f"default of {name}", "spec": {"seed": 1, "batch_size": 1, **given, "layers": [{"name": "net", **layer}]}, "parameters": parameters, **zero_row})

    default("linear", {"shape": [300]}, {"type": "linear", "out_features": 400}, [torch.zeros(1, 300)])
    default("conv1d", {"shape": [48, 4]}, {"type": "conv1d", "out_channels": 64, "kernel_size": 3}, [torch.zeros(1, 48, 4)])
    default("conv2d", {"shape": [32, 4, 4]}, {"type": "conv2d", "out_channels": 64, "kernel_size": 3}, [torch.zeros(1, 32, 4, 4)])
    default("conv2d in groups", {"shape": [32, 4, 4]}, {"type": "conv2d", "out_channels": 64, "kernel_size": 3, "groups": 4}, [torch.zeros(1, 32, 4, 4)])
    default("conv_transpose2d", {"shape": [32, 4, 4]}, {"type": "conv_transpose2d", "out_channels": 64, "kernel_size": 3}, [torch.zeros(1, 32, 4, 4)])
    default("conv_transpose2d in groups", {"shape": [32, 4, 4]}, {"type": "conv_transpose2d", "out_channels": 64, "kernel_size": 3, "groups": 4}, [torch.zeros(1, 32, 4, 4)])
    default("batch_norm1d", {"shape": [32]}, {"type": "batch_norm1d"}, [torch.zeros(1, 32)])
    default("batch_norm2d", {"shape": [32, 2, 2]}, {"type": "batch_norm2d"}, [torch.zeros(1, 32, 2, 2)])
    default("layer_norm", {"shape": [32]}, {"type": "layer_norm"}, [torch.zeros(1, 32)])
    default("embedding", {"tokens": 2, "vocab_size": 300}, {"type": "embedding", "num_embeddings": 300, "embedding_dim": 64}, [torch.zeros(1, 2)])
    default("embedding with padding", {"tokens": 2, "vocab_size": 300}, {"type": "embedding", "num_embeddings": 300, "embedding_dim": 64, "padding_idx": 3}, [torch.zeros(1, 2)])
    for t in ("rnn", "lstm", "gru"):
        default(t, {"shape": [2, 48]}, {"type": t, "hidden_size": 64, "num_layers": 2, "bidirectional": True}, [torch.zeros(1, 2, 48)])
    default("multihead_attention", {"shape": [2, 64]}, {"type": "multihead_attention", "num_heads": 4}, [torch.zeros(1, 2, 64)])
    options = {"nhead": 4, "dim_feedforward": 96}
    default("transformer_encoder_layer", {"shape": [2, 64]}, {"type": "transformer_encoder_layer", **options}, [torch.zeros(1, 2, 64)])
    default("transformer_encoder", {"shape": [2, 64]}, {"type": "transformer_encoder", "num_layers": 2, **options}, [torch.zeros(1, 2, 64)])
    two = {"src": {"shape": [2, 64]}, "tgt": {"shape": [2, 64]}}
    default("transformer_decoder_layer", two, {"type": "transformer_decoder_layer", "inputs": ["tgt", "src"], **options}, [torch.zeros(1, 2, 64)])
    default("transformer_decoder", two, {"type": "transformer_decoder", "inputs": ["tgt", "src"], "num_layers": 2, **options}, [torch.zeros(1, 2, 64)])
    default("transformer", two, {"type": "transformer", "inputs": ["src", "tgt"], "num_encoder_layers": 1, "num_decoder_layers": 1, **options}, [torch.zeros(1, 2, 64)])
    return out


def write(name, cases):
    # One case a line.
    text = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (HERE / f"{name}.json").write_text(f'{{"made_with":"PyTorch {torch.__version__}, float64","cases":[\n{text}\n]}}\n')
    print(f"{name}: {len(cases)} cases, {len(text) >> 10} KB")


def main():
    HERE.mkdir(exist_ok=True)
    for group in (dense_layers, shape_layers, convolutions, recurrent, attention, losses, optimizers, schedules, structure, models):
        group()
    for family, cases in CASES.items():
        write(family, cases)
    write("initialisations", initialisations())
    print(sum(len(c) for c in CASES.values()), "cases")


if __name__ == "__main__":
    main()
