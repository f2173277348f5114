//! What several tests need. `mod common;` brings it.

#![allow(dead_code, reason = "no test needs all of it")]

#[cfg(unix)]
pub mod child;
pub mod files;
pub mod forged;
pub mod numbers;
pub mod training;
