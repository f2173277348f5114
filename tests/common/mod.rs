//! Code shared by several tests, included by `mod common;`.

#![allow(dead_code, reason = "no test needs all of it")]

#[cfg(unix)]
pub mod child;
pub mod files;
pub mod forged;
pub mod numbers;
pub mod training;
