//! Max pooling.
