#![doc = include_str!("cookbook.md")]

pub mod convolution {
    //! Convolution: a small window of weights, moved over the image.
    //!
    #![doc = include_str!("convolution.svg")]
    //!
    #![doc = include_str!("convolution_edges.svg")]
    //!
    #![doc = include_str!("convolution.md")]
}

pub mod convolution_gradient {
    //! Convolution, backward: each product is handed back to its weight and to its pixel.
    //!
    #![doc = include_str!("convolution_gradient.svg")]
    //!
    #![doc = include_str!("convolution_gradient.md")]
}

pub mod optimizers {
    //! Optimizers: from the gradient to a step.
    //!
    #![doc = include_str!("optimizers.svg")]
    //!
    #![doc = include_str!("optimizers.md")]
}

pub mod activations {
    //! Activations: the bend between two layers.
    //!
    #![doc = include_str!("activations.svg")]
    //!
    #![doc = include_str!("activations.md")]
}

pub mod pooling {
    //! Pooling: the largest number under each window.
    //!
    #![doc = include_str!("pooling.svg")]
    //!
    #![doc = include_str!("pooling.md")]
}

pub mod flattening {
    //! Flattening: maps as a list.
    //!
    #![doc = include_str!("flattening.svg")]
    //!
    #![doc = include_str!("flattening.md")]
}

pub mod dense {
    //! The dense layer: every output is a weighted sum of all inputs.
    //!
    #![doc = include_str!("dense.svg")]
    //!
    #![doc = include_str!("dense.md")]
}

pub mod softmax {
    //! Softmax: any numbers as probabilities.
    //!
    #![doc = include_str!("softmax.svg")]
    //!
    #![doc = include_str!("softmax.md")]
}

pub mod losses {
    //! Losses: one number for how wrong an output is.
    //!
    #![doc = include_str!("losses.svg")]
    //!
    #![doc = include_str!("losses.md")]
}

pub mod batch_norm {
    //! Batch normalization: mean 0 and variance 1, channel by channel.
    //!
    #![doc = include_str!("batch_norm.svg")]
    //!
    #![doc = include_str!("batch_norm.md")]
}

pub mod dropout {
    //! Dropout: random zeros, against learning by heart.
    //!
    #![doc = include_str!("dropout.svg")]
    //!
    #![doc = include_str!("dropout.md")]
}

pub mod metrics {
    //! Metrics: how often the network is right, and where it is wrong.
    //!
    #![doc = include_str!("metrics.svg")]
    //!
    #![doc = include_str!("metrics.md")]
}

pub mod network {
    //! The network: all parts together.
    //!
    #![doc = include_str!("network.svg")]
    //!
    #![doc = include_str!("network.md")]
}

pub mod training {
    //! Training: the loop that learns.
    //!
    #![doc = include_str!("training.svg")]
    //!
    #![doc = include_str!("training.md")]
}

pub mod how_shapes_become_types {
    //! How shapes become types: the idea of this crate, built from nothing.
    //!
    #![doc = include_str!("how_shapes_become_types.md")]
}

pub mod how_a_crash_loses_nothing {
    //! How a crash loses nothing: files, checkpoints, and bad days.
    //!
    #![doc = include_str!("how_a_crash_loses_nothing.md")]
}

pub mod how_it_gets_fast {
    //! How it gets fast: from the naive loops to the peak of a core, in seven steps.
    //!
    #![doc = include_str!("how_it_gets_fast.svg")]
    //!
    #![doc = include_str!("how_it_gets_fast.md")]
}
