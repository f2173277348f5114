#![doc = include_str!("compare.md")]
