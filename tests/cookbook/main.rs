//! The cookbook, `src/_cookbook`: solutions of its exercises, its pictures, and the tests that it names.

mod layers;
mod learning;
mod links;
mod pictures;
