//! Whether a JPEG file is whole. Decoders fill what is missing with gray, without an error.

/// Whether the markers of a JPEG file lead to its end (ITU-T T.81, annex B). What follows is not looked at.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 2; // After the start of the image.
    loop {
        // A marker is a byte of ones and one that is neither 0 nor that. In the data of a scan, 0 and restarts (D0 to D7) follow.
        let Some(begin) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xFF)) else {
            return false;
        };
        at += begin + 1;
        match bytes.get(at) {
            None => return false,
            Some(0xD9) => return true,
            Some(0xFF) => {}
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 1,
            Some(_) => match bytes.get(at + 1..at + 3) {
                Some(&[high, low]) => at += 1 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_image_is_its_end() {
        // A segment with an end in it (a thumbnail), a scan with a stuffed byte and a restart.
        let whole = [
            &[0xFF, 0xD8, 0xFF, 0xE1, 0, 4, 0xFF, 0xD9, 0xFF, 0xFF, 0xDA, 0, 2][..],
            &[7, 0xFF, 0, 0xFF, 0xD3, 9, 0xFF, 0xD9, 0xFF, 0xDA],
        ]
        .concat();
        assert!(is_whole(&whole));
        let end = whole.len() - 2;
        assert!((0..end).all(|cut| !is_whole(&whole[..cut])));
        assert!(is_whole(&whole[..end]));
    }
}
