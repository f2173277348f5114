//! A file as text: compressed by gzip, in base64.

use std::io::Write;

use base64::prelude::{BASE64_STANDARD, Engine};
use flate2::Compression;
use flate2::write::GzEncoder;

/// The bytes, compressed, as text.
pub fn packed(bytes: &[u8]) -> Result<String, String> {
    Ok(BASE64_STANDARD.encode(gzip(bytes)?))
}

/// The bytes compressed by gzip, without a time or a name: the same bytes every time.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| format!("gzip: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn gzip_comes_back_and_is_the_same_every_time() {
        let bytes = b"0123456789".repeat(100);
        let packed = gzip(&bytes).unwrap();
        assert!(packed.len() < 100);
        assert_eq!(packed, gzip(&bytes).unwrap());
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut back).unwrap();
        assert_eq!(back, bytes);
    }
}
