//! PNG files, byte by byte, including kinds that the png crate reads but does not write.
//!
//! Sections in brackets are those of the specification (W3C, *Portable Network Graphics*, third edition, 2025).

use png::{BitDepth, ColorType};

/// The start and the step of each pass over an interlaced picture, across and down (Adam7, [8]).
const PASSES: [[usize; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// A picture in the form of a file.
pub struct File {
    pub width: usize,
    pub height: usize,
    pub color: ColorType,
    pub depth: BitDepth,
    pub interlaced: bool,
    /// Row by row, 0 to 1.
    pub samples: Vec<f32>,
    /// Chunks before and after those of the picture.
    pub around: [Vec<Vec<u8>>; 2],
}

impl File {
    pub fn bytes(&self) -> Vec<u8> {
        let mut header = big_endian(&[self.width, self.height]);
        header.extend([self.depth as u8, self.color as u8, 0, 0, u8::from(self.interlaced)]);
        let [before, behind] = &self.around;
        let chunks =
            [&[chunk(b"IHDR", &header)], &before[..], &[chunk(b"IDAT", &self.data())], behind, &[chunk(b"IEND", b"")]];
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat().concat()].concat()
    }

    /// The contents of an `IDAT` chunk.
    pub fn data(&self) -> Vec<u8> {
        let count = self.color.samples();
        let passes: &[[usize; 4]] = if self.interlaced { &PASSES } else { &[[0, 0, 1, 1]] };
        let mut rows = Vec::new();
        for &[left, top, right, down] in passes.iter().filter(|pass| pass[0] < self.width) {
            for y in (top..self.height).step_by(down) {
                let at = (left..self.width).step_by(right).map(|x| (y * self.width + x) * count);
                let row: Vec<f32> = at.flat_map(|at| &self.samples[at..at + count]).copied().collect();
                // No filter [9].
                rows.push(0);
                rows.extend(pack(&row, self.depth as usize));
            }
        }
        zlib(&rows)
    }
}

/// A chunk [5.3].
pub fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [name, data].concat();
    [big_endian(&[data.len()]), named.clone(), big_endian(&[crc32(&named) as usize])].concat()
}

/// Numbers of four bytes.
pub fn big_endian(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| (number as u32).to_be_bytes()).collect()
}

/// Samples of some bits each: the first in the highest bits [7.2].
fn pack(samples: &[f32], bits: usize) -> Vec<u8> {
    let most = ((1u32 << bits) - 1) as f32;
    let samples: Vec<u32> = samples.iter().map(|sample| (sample * most).round() as u32).collect();
    if bits == 16 {
        return samples.iter().flat_map(|&sample| (sample as u16).to_be_bytes()).collect();
    }
    let byte = |samples: &[u32]| (0..8 / bits).fold(0, |byte, i| byte << bits | samples.get(i).copied().unwrap_or(0));
    samples.chunks(8 / bits).map(|samples| byte(samples) as u8).collect()
}

/// Stored without compression (RFC 1950 and 1951).
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    for block in bytes.chunks(0xFFFF) {
        let len = block.len() as u16;
        stream.push(0);
        stream.extend([len.to_le_bytes(), (!len).to_le_bytes()].concat());
        stream.extend(block);
    }
    stream.extend([1, 0, 0, 0xFF, 0xFF]);
    let (a, b) = bytes.iter().fold((1, 0), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65521;
        (a, (b + a) % 65521)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// The checksum of a chunk [annex D], bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let shift = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), shift))
}
