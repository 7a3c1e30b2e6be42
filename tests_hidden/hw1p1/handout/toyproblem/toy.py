"""A network that is small enough to check by hand: run `python3 toyproblem/toy.py`, and hold what it prints against
toyproblem.md, from the top. The first number that differs is where to look.
"""

import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
os.chdir(ROOT)
sys.path[:0] = [str(ROOT / "hw1"), str(ROOT / "mytorch")]

from activation import Identity, Sigmoid
from hw1 import MLP
from loss import SoftmaxCrossEntropy

# Two examples of two numbers each; the first is of class 0, the second of class 1.
X = np.array([[1.0, 2.0], [0.0, 1.0]])
Y = np.array([[1.0, 0.0], [0.0, 1.0]])
WEIGHTS = [np.array([[0.5, -1.0], [0.25, 0.5]]), np.array([[1.0, -1.0], [2.0, 0.0]])]


def show(name, values):
    print(f"{name} =\n{np.array2string(np.asarray(values), precision=4, suppress_small=True, floatmode='fixed')}")


def main():
    left = [each.copy() for each in WEIGHTS]
    mlp = MLP(
        input_size=2, output_size=2, hiddens=[2], activations=[Sigmoid(), Identity()],
        weight_init_fn=lambda fan_in, fan_out: left.pop(0), bias_init_fn=lambda width: np.zeros((1, width)),
        criterion=SoftmaxCrossEntropy(), lr=1.0, momentum=0.5,
    )

    show("output", mlp.forward(X))
    show("state of the hidden activation", mlp.activations[0].state)
    criterion = SoftmaxCrossEntropy()
    show("loss", criterion(mlp.forward(X), Y))
    show("derivative of the loss", criterion.derivative())

    for step in (1, 2):
        mlp.zero_grads()
        mlp.forward(X)
        mlp.backward(Y)
        print(f"\nStep {step}")
        for name, layer in zip(("hidden", "output"), mlp.linear_layers):
            show(f"dW of the {name} layer", layer.dW)
            show(f"db of the {name} layer", layer.db)
        mlp.step()
        for name, layer in zip(("hidden", "output"), mlp.linear_layers):
            show(f"W of the {name} layer", layer.W)
            show(f"b of the {name} layer", layer.b)


if __name__ == "__main__":
    main()
