//! Any bytes loaded as a checkpoint: refused, with the trainer as it was, or a training that goes on.
