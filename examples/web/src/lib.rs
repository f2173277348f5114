//! The page: what it asks of the crate. Everything is computed here; the JavaScript of the folder `page` draws it.
//!
//! | file | contents |
//! |---|---|
//! | `calls` | what the page calls |
//! | `networks` | the architectures |
//! | `network` | prediction, a look inside, files |
//! | `walk` | a forward and a backward pass, layer by layer |
//! | `digits`, `training`, `optimizer`, `dropout` | a training |
//! | `rules` | the compiler's rules for shapes, at run time |
//! | `json` | how texts reach the page |

#[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
compile_error!("without vectors the page is three times slower: set RUSTFLAGS=\"-C target-feature=+simd128\"");

pub mod calls;
pub mod digits;
pub mod dropout;
#[path = "../../shared/handwriting/mod.rs"]
pub mod handwriting;
pub mod json;
pub mod network;
pub mod networks;
pub mod optimizer;
pub mod rules;
pub mod training;
pub mod walk;
