"""Questions 6 and 7: sizes and parameters of convolutional layers. In question 7 every setting that fits is right."""

from layers import makes

from grader.author import answer, task

SIDE, MAPS, KERNEL, MAPS_BEFORE = 24, 128, 4, 64


@task("q6", "Size of the output", points=5)
def test_output():
    known = {
        "one_side": (SIDE, "That is one side of a feature map. All entries of the output are asked for."),
        "one_map": (SIDE**2, "That is one feature map. The last layer has more than one."),
        "maps_before": (SIDE**2 * MAPS_BEFORE, "The last layer has another number of feature maps than the first."),
        "no_padding": ((SIDE - 2) ** 2 * MAPS, "The last layer pads its input by 1 on each border."),
    }
    answer("q6.output", feedback=known)


@task("q6", "Parameters of the last layer", points=5)
def test_parameters():
    weights = KERNEL**2 * MAPS
    known = {
        "one_channel": (weights, "Each kernel looks at all feature maps of the layer before it."),
        "image_channels": (weights * 3, "The last layer's input is not the image: it has another number of channels."),
        "with_biases": (weights * MAPS_BEFORE + MAPS, "That is with the biases; the question leaves them out."),
    }
    answer("q6.parameters", feedback=known)


@task("q7", "1a: 64 to 32 with k = 8, undilated", points=2)
def test_1a():
    answer("q7.1a", holds=makes(64, 32, k=8, d=1))


@task("q7", "1b: 64 to 32 with d = 7, s = 2", points=2)
def test_1b():
    answer("q7.1b", holds=makes(64, 32, d=7, s=2))


@task("q7", "2a: 32 to 8 by pooling without overlap", points=2)
def test_2a():
    answer("q7.2a", holds=makes(32, 8, p=0, d=1, overlap=False))


@task("q7", "2b: the shape after pooling with k = 8, s = 4", points=2)
def test_2b():
    known = {
        "not_floored_down": ([64, 8, 8], "The last window must lie within the input: a window of 8 fits less often."),
        "other_channels": ([3, 7, 7], "Pooling keeps the channels that the first layer made."),
    }
    answer("q7.2b", feedback=known)


@task("q7", "3a: 8 to 4 without padding or dilation", points=2)
def test_3a():
    answer("q7.3a", holds=makes(8, 4, p=0, d=1))


@task("q7", "3b: 8 to 4 with d = 2, p = 2", points=2)
def test_3b():
    answer("q7.3b", holds=makes(8, 4, d=2, p=2))


@task("q7", "3c: 8 to 4 with p = 1, d = 1", points=2)
def test_3c():
    answer("q7.3c", holds=makes(8, 4, p=1, d=1))
