//! Any text as what a model file says of itself: a whole file of safetensors is built around it.

use safetensors::SafeTensors;
use shapeproof::io::{self, Card};
use shapeproof::network::Network;

use super::model::{Net, fuzz as load};

pub fn fuzz(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let model = io::to_bytes(&*Net::zeros(), &Card::default()).unwrap_or_else(|error| panic!("{error}"));
    let file = SafeTensors::deserialize(&model).expect("a model is a file of safetensors");
    for key in ["shapeproof", "format", "somebody else's"] {
        let metadata = [(key.to_string(), text.clone())].into();
        let bytes = safetensors::serialize(file.tensors(), Some(metadata)).expect("any text is a JSON string");
        load(&bytes);
    }
}
