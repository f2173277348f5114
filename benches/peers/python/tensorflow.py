"""TensorFlow on the CPU: `tf.function` with oneDNN, which is faster than XLA, and images in the layout NHWC, the only one it has there."""

NAME = "TensorFlow"
INSTALL = ["tensorflow-cpu==2.21.0"]
MODES = {"train": [""], "predict": [""]}
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2"}

import itertools
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf


def version():
    return tf.__version__


def start(network, threads):
    """Parameters, those of convolutions in TensorFlow's layout."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    turned = {name: value.transpose(2, 3, 1, 0) if value.ndim == 4 else value for name, value in network.parameters().items()}
    return {name: tf.Variable(value, trainable="running" not in name) for name, value in turned.items()}


def apply(layers, parameters, x, path="", training=False):
    for i, (kind, *of) in enumerate(layers):
        name = f"{path}{i}."
        weight, bias = parameters.get(name + "weight"), parameters.get(name + "bias")
        if kind == "conv":
            _, _, stride, padding, groups = of
            strides, padding = [1, stride, stride, 1], [[0, 0], [padding] * 2, [padding] * 2, [0, 0]]
            if groups == 1:
                x = tf.nn.conv2d(x, weight, strides, padding)
            else:
                x = tf.nn.depthwise_conv2d(tf.pad(x, padding), tf.transpose(weight, [0, 1, 3, 2]), strides, "VALID")
            x = tf.nn.bias_add(x, bias)
        elif kind == "norm":
            running = parameters[name + "running_mean"], parameters[name + "running_var"]
            settings = {"epsilon": 1e-5, "is_training": training}
            x, *of_batch = tf.compat.v1.nn.fused_batch_norm(x, weight, bias, *([] if training else running), **settings)
            for old, new in zip(running, of_batch if training else []):
                old.assign(0.9 * old + 0.1 * new)
        elif kind == "prelu":
            x = tf.where(x > 0, x, weight * x)
        elif kind == "relu":
            x = tf.nn.relu(x)
        elif kind == "max":
            x = tf.nn.max_pool2d(x, *of, *of, "VALID")
        elif kind == "mean":
            x = tf.reduce_mean(x, [1, 2])
        elif kind == "flatten":
            x = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, x.shape[1] * x.shape[2] * x.shape[3]])
        elif kind == "dense":
            x = tf.nn.bias_add(tf.matmul(x, weight, transpose_b=True), bias)
        elif kind == "dropout" and training:
            x = tf.nn.dropout(x, of[0])
        elif kind == "residual":
            body, shortcut = (
                apply(branch, parameters, x, f"{name}{which}.", training) for branch, which in zip(of, ["body", "shortcut"])
            )
            x = body + shortcut
    return x


def trainer(network, mode, threads):
    parameters = start(network, threads)
    trained = [value for value in parameters.values() if value.trainable]
    velocities = [tf.Variable(tf.zeros_like(value)) for value in trained]

    @tf.function(autograph=False)
    def update(images, labels):
        with tf.GradientTape() as tape:
            logits = apply(network.layers, parameters, images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        for value, velocity, gradient in zip(trained, velocities, tape.gradient(loss, trained)):
            velocity.assign(0.9 * velocity + gradient)
            value.assign_sub(0.01 * (gradient + 0.9 * velocity))
        return loss

    batches = itertools.cycle([(prepare(images), tf.constant(labels)) for images, labels in network.batches()])
    return lambda: update(*next(batches)).numpy()


def predictor(network, mode, threads):
    parameters = start(network, threads)
    constants = {name: tf.constant(value.numpy()) for name, value in parameters.items()}
    return tf.function(lambda images: apply(network.layers, constants, images), autograph=False)


def prepare(images):
    return tf.constant(images.transpose(0, 2, 3, 1))
