#!/usr/bin/python3
"""Opens a model that `model.save()` wrote, in PyTorch, and prints what it predicts: open_saved.py MODEL.safetensors X.f32

With the package safetensors, `safetensors.torch.load_file(path)` gives the same dictionary as read_safetensors below.
"""
import json
import struct
import sys

import torch
from torch import nn


def read_safetensors(path):
    """The tensors of a file by name, and its metadata."""
    types = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        part = torch.frombuffer(data[begin:end], dtype=types[entry["dtype"]])
        tensors[name] = part.reshape(entry["shape"])
    return tensors, metadata


def main(path, x_path):
    tensors, metadata = read_safetensors(path)
    spec = json.loads(metadata["playgrad"])
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same"), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 3)
    )
    model.load_state_dict(tensors)  # strict: every name and every shape
    model.eval()
    with open(x_path, "rb") as file:
        x = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(-1, *spec["input"]["shape"])
    print(json.dumps(model(x).flatten().tolist()))


main(*sys.argv[1:])
