//! Any text as the metadata of a model file: a complete safetensors file is built around it.

use std::sync::OnceLock;

use safetensors::SafeTensors;
use shapeproof::io::{self, Card};
use shapeproof::network::Network;

use super::model::{Net, fuzz as load};

/// The key of this crate, that of PyTorch's files, and one of another program.
const KEYS: [&str; 3] = ["shapeproof", "format", "somebody else's"];

pub fn fuzz(bytes: &[u8]) {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    let model =
        MODEL.get_or_init(|| io::to_bytes(&*Net::zeros(), &Card::default()).unwrap_or_else(|error| panic!("{error}")));
    let file = SafeTensors::deserialize(model).expect("a model is a file of safetensors");
    // The first byte chooses the key, the others are the text.
    let Some((&key, text)) = bytes.split_first() else { return };
    let key = KEYS[usize::from(key) % KEYS.len()].to_string();
    let metadata = [(key, String::from_utf8_lossy(text).into_owned())].into();
    load(&safetensors::serialize(file.tensors(), Some(metadata)).expect("any text is a JSON string"));
}
