//! IDX files through the public API: what is written is read back, and what is damaged is refused.

mod common;

use std::fmt::Debug;
use std::fs;
#[cfg(unix)]
use std::os::unix::{fs::symlink, net::UnixListener};
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use shapeproof::Result;
use shapeproof::bytemuck::{cast, cast_slice, pod_read_unaligned};
use shapeproof::data::idx::{self, Idx, Sample};
use shapeproof::tensor::{Tensor, Vector};
use tempfile::TempDir;

/// A temporary folder with one file in it.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place { path: folder.path().join("samples-idx"), folder }
}

/// A file of these bytes.
fn file(bytes: &[u8]) -> Place {
    let place = place();
    fs::write(&place.path, bytes).unwrap();
    place
}

/// Maps a file of these tests.
#[allow(unsafe_code)]
fn map<S: Sample>(path: &Path) -> Result<Idx<S>> {
    // SAFETY: the file is in a temporary folder, and the test does not write to it any more.
    unsafe { Idx::map(path) }
}

/// The error from reading these bytes as samples `S`, and from mapping them, without the path it starts with.
fn error<S: Sample>(bytes: &[u8]) -> String {
    error_at::<S>(&file(bytes).path)
}

fn error_at<S: Sample>(path: &Path) -> String {
    let error = Idx::<S>::read(path).unwrap_err().to_string();
    assert_eq!(map::<S>(path).unwrap_err().to_string(), error);
    error.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&error).to_string()
}

/// A header: element type, dimensions.
fn header(code: u8, dims: &[u32]) -> Vec<u8> {
    [0, 0, code, dims.len() as u8].into_iter().chain(dims.iter().flat_map(|size| size.to_be_bytes())).collect()
}

#[test]
fn images_are_used_where_they_lie() {
    let bytes = [header(8, &[2, 3, 4]), (0..24).collect()].concat();
    let place = file(&bytes);
    let images = map::<Tensor<1, 3, 4, u8>>(&place.path).unwrap();
    assert_eq!(images.len(), 2);
    assert_eq!(images[1][[0, 2, 3]], 23);
    assert_eq!(format!("{images:?}"), "Idx { len: 2, mapped: true, .. }");
    let read = Idx::<Tensor<1, 3, 4, u8>>::read(&place.path).unwrap();
    assert_eq!(*read, *images);
    assert_eq!(format!("{read:?}"), "Idx { len: 2, mapped: false, .. }");

    let copy = place.folder.path().join("copy");
    idx::write(&copy, &images).unwrap();
    assert_eq!(fs::read(copy).unwrap(), bytes);
}

#[test]
fn wide_elements_are_big_endian() {
    let place = file(&[header(0x0B, &[2, 3]), vec![0x01, 0x02, 0xFF, 0xFE, 0, 7, 0x80, 0, 0x7F, 0xFF, 0, 0]].concat());
    let samples = Idx::<[i16; 3]>::read(&place.path).unwrap();
    assert_eq!(*samples, [[0x0102, -2, 7], [i16::MIN, i16::MAX, 0]]);
    assert_eq!(format!("{:?}", map::<[i16; 3]>(&place.path).unwrap()), "Idx { len: 2, mapped: false, .. }");
    let place = file(&[header(0x0E, &[1]), vec![0xC0, 0x04, 0, 0, 0, 0, 0, 0]].concat());
    assert_eq!(*Idx::<f64>::read(&place.path).unwrap(), [-2.5]);
}

#[test]
fn a_type_stands_for_certain_dimensions() {
    fn opens<S: Sample>(dims: &[u32]) -> bool {
        let len = dims.iter().product::<u32>() as usize;
        Idx::<S>::read(&file(&[header(8, dims), vec![1; len]].concat()).path).is_ok()
    }
    assert!(opens::<u8>(&[5]));
    assert!(!opens::<u8>(&[5, 1]));
    assert!(opens::<[u8; 2]>(&[5, 2]));
    assert!(opens::<[[u8; 3]; 2]>(&[5, 2, 3]));
    assert!(!opens::<[[u8; 3]; 2]>(&[5, 3, 2]));
    assert!(!opens::<[u8; 6]>(&[5, 2, 3]));
    assert!(opens::<[[[[u8; 3]; 1]; 4]; 2]>(&[1, 2, 4, 1, 3]));
    assert!(opens::<Tensor<2, 3, 4, u8>>(&[5, 2, 3, 4]));
    assert!(!opens::<Tensor<2, 3, 4, u8>>(&[5, 24]));
    assert!(opens::<Tensor<1, 3, 4, u8>>(&[5, 3, 4]));
    assert!(opens::<Tensor<1, 3, 4, u8>>(&[5, 1, 3, 4]));
    assert!(opens::<Vector<6, u8>>(&[5, 6]));
    assert!(opens::<Vector<6, u8>>(&[5, 6, 1, 1]));
    assert!(!opens::<Vector<6, u8>>(&[5, 6, 1]));
    assert!(opens::<[Vector<6, u8>; 2]>(&[5, 2, 6]));
    let other = error::<Tensor<2, 1, 3, u8>>(&header(8, &[5, 2]));
    assert_eq!(other, "dimensions: found 5×2, expected N×2×1×3");
}

#[test]
fn each_fault_has_its_message() {
    type Image = Tensor<1, 3, 4, u8>;
    let whole = [header(8, &[2, 3, 4]), vec![1; 24]].concat();
    let changed = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes
    };
    for (bytes, expected) in [
        (vec![], "file length: found 0 bytes, expected at least 4"),
        (whole[..15].to_vec(), "file length: found 15 bytes, expected at least 16"),
        (whole[..39].to_vec(), "file length: found 39 bytes, expected 40 for 2×3×4 u8"),
        ([&whole[..], &[0]].concat(), "file length: found 41 bytes, expected 40 for 2×3×4 u8"),
        (changed(7, 3), "file length: found 40 bytes, expected 52 for 3×3×4 u8"),
        (changed(4, 255), "file length: found 40 bytes, expected 51338281000 for 4278190082×3×4 u8"),
        (changed(1, 2), "magic number: found 0x00 0x02, expected 0x00 0x00"),
        (changed(2, 9), "element type: found 0x09 (i8), expected 0x08 (u8)"),
        (changed(2, 10), "element type: found 0x0a (not an IDX type), expected 0x08 (u8)"),
        (changed(3, 0), "dimensions: found none, expected N×3×4 or N×1×3×4"),
        (changed(3, 1), "dimensions: found 2, expected N×3×4 or N×1×3×4"),
        (changed(3, 255), "file length: found 40 bytes, expected at least 1024"),
        (changed(11, 0), "dimensions: found 2×0×4, expected N×3×4 or N×1×3×4"),
        (changed(11, 4), "dimensions: found 2×4×4, expected N×3×4 or N×1×3×4"),
        (
            [0x1f, 0x8b].iter().chain(&whole).copied().collect(),
            "magic number: found a gzip file, expected an IDX file: gunzip it first",
        ),
    ] {
        assert_eq!(error::<Image>(&bytes), expected);
    }
}

#[test]
fn an_error_is_short_however_many_dimensions_there_are() {
    let many = [header(8, &[1; 255]), vec![1]].concat();
    assert_eq!(error::<u8>(&many), "dimensions: found 255 of them, expected N");
}

#[cfg(target_pointer_width = "64")]
#[test]
fn a_length_may_overflow() {
    // 2³² − 1 samples of 2³² + 2 bytes: their length is above 2⁶⁴.
    let huge = header(8, &[u32::MAX, 0x8000_0001, 2]);
    assert_eq!(
        error::<[[u8; 2]; 0x8000_0001]>(&huge),
        "file length: found 16 bytes, expected more than 2⁶⁴ for 4294967295×2147483649×2 u8"
    );
}

#[test]
fn a_byte_swapped_header_gets_a_hint() {
    const HINT: &str = " (the header looks byte-swapped: IDX is big-endian)";
    let error_of = |dims: [u32; 3]| error::<Tensor<1, 3, 4, u8>>(&[header(8, &dims), vec![1; 24]].concat());
    let swapped = [2, 3, 4].map(u32::swap_bytes);
    let expected = "expected N×3×4 or N×1×3×4";
    assert_eq!(error_of(swapped), format!("dimensions: found 33554432×50331648×67108864, {expected}{HINT}"));
    // A header that does not fit either way, or does not fit the file's length, gets no hint.
    assert_eq!(error_of([swapped[0], swapped[1], 5]), format!("dimensions: found 33554432×50331648×5, {expected}"));
    let length = "file length: found 40 bytes, expected";
    assert_eq!(error_of([3 << 24, 3, 4]), format!("{length} 603979792 for 50331648×3×4 u8"));

    let labels = [header(8, &[3 << 24]), vec![1; 3]].concat();
    assert_eq!(error::<u8>(&labels), format!("file length: found 11 bytes, expected 50331656 for 50331648 u8{HINT}"));

    let all = [vec![3, 8, 0, 0], 2_u32.to_le_bytes().to_vec(), vec![1; 10]].concat();
    assert_eq!(error::<u8>(&all), format!("magic number: found 0x03 0x08, expected 0x00 0x00{HINT}"));
}

#[test]
fn a_missing_file_is_named() {
    let place = place();
    let missing = error_at::<u8>(&place.path);
    assert!(missing.starts_with(&format!("cannot open {}: ", place.path.display())), "{missing}");
    let nowhere = place.folder.path().join("nowhere").join("file");
    let error = idx::write(&nowhere, &[1_u8]).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot write {}: ", nowhere.display())), "{error}");
}

/// Refused before it is opened, which would block until somebody writes to the pipe.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused() {
    let place = place();
    common::files::make_pipe(&place.path);
    assert_eq!(error_at::<u8>(&place.path), "file type: found a pipe, expected a regular file");
    assert_eq!(error_at::<u8>(place.folder.path()), "file type: found a folder, expected a regular file");
    assert_eq!(error_at::<u8>(Path::new("/dev/zero")), "file type: found a device, expected a regular file");
    let path = place.folder.path().join("socket");
    let _socket = UnixListener::bind(&path).unwrap();
    assert_eq!(error_at::<u8>(&path), "file type: found a socket, expected a regular file");
    let path = place.folder.path().join("loop");
    symlink("loop", &path).unwrap();
    let error = error_at::<u8>(&path);
    assert!(error.starts_with(&format!("cannot open {}: ", path.display())), "{error}");
}

/// A sparse file, larger than the memory: mapping it needs neither disk nor memory.
#[cfg(target_os = "linux")]
#[test]
fn memory_may_not_suffice() {
    const SIDE: usize = 1 << 20;
    let place = file(&header(8, &[8, SIDE as u32, SIDE as u32]));
    let is_given =
        fs::File::options().write(true).open(&place.path).unwrap().set_len(16 + 8 * (SIDE * SIDE) as u64).is_ok();
    if !is_given || fs::read("/proc/sys/vm/overcommit_memory").unwrap() == b"1\n" {
        return eprintln!("SKIPPED: no such file can be, or this system promises any memory");
    }
    let error = Idx::<Tensor<1, SIDE, SIDE, u8>>::read(&place.path).unwrap_err().to_string();
    assert_eq!(error, format!("cannot read {}: out of memory", place.path.display()));
    let mapped = map::<Tensor<1, SIDE, SIDE, u8>>(&place.path).unwrap();
    assert_eq!((mapped.len(), mapped[7][[0, SIDE - 1, SIDE - 1]]), (8, 0));
}

/// A mapping of the old file keeps its contents.
#[cfg(unix)]
#[test]
fn writing_over_a_mapped_file_is_harmless() {
    let place = place();
    idx::write(&place.path, &[1_u8; 9000]).unwrap();
    let old = map::<u8>(&place.path).unwrap();
    idx::write(&place.path, &[2_u8; 10]).unwrap();
    assert_eq!(*old, [1; 9000]);
    assert_eq!(*map::<u8>(&place.path).unwrap(), [2; 10]);
    assert_eq!(fs::read_dir(&place.folder).unwrap().count(), 1);
}

/// Writes, reads back in both ways, and compares the bytes (NaN is not equal to itself).
fn round_trip<S: Sample + Debug>(samples: &[S]) {
    let place = place();
    idx::write(&place.path, samples).unwrap();
    for idx in [map::<S>(&place.path).unwrap(), Idx::<S>::read(&place.path).unwrap()] {
        assert_eq!(bytes(&idx), bytes(samples));
    }
    assert!(fs::metadata(&place.path).unwrap().len() >= 8);
}

fn bytes<S: Sample>(samples: &[S]) -> &[u8] {
    cast_slice(samples)
}

/// Opens the file in both ways; if it is accepted, its samples must be its whole contents.
fn length_if_accepted<S: Sample>(path: &Path) -> Option<usize> {
    let [mapped, read] = [map::<S>(path), Idx::<S>::read(path)].map(|idx| idx.ok().map(|idx| bytes(&idx).len()));
    assert_eq!(mapped, read);
    read
}

/// Numbers of any bit pattern: NaNs and subnormals as well.
fn pairs() -> impl Strategy<Value = Vec<[u64; 2]>> {
    vec(any::<[u64; 2]>(), 0..9)
}

proptest! {
    // Each case waits for the disk 28 times.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_written_is_read_back(words in pairs()) {
        let sixteen = |words: &[u64; 2]| -> [u8; 16] { cast(*words) };
        let raw: Vec<[u8; 16]> = words.iter().map(sixteen).collect();
        fn samples<S: Sample>(raw: &[[u8; 16]]) -> Vec<S> {
            raw.iter().flat_map(|raw| raw.chunks_exact(size_of::<S>()).map(pod_read_unaligned)).collect()
        }
        round_trip::<u8>(&samples(&raw));
        round_trip::<i8>(&samples(&raw));
        round_trip::<i16>(&samples(&raw));
        round_trip::<i32>(&samples(&raw));
        round_trip::<f32>(&samples(&raw));
        round_trip::<f64>(&samples(&raw));
        round_trip::<[i8; 4]>(&samples(&raw));
        round_trip::<[[i16; 2]; 1]>(&samples(&raw));
        round_trip::<[[[[[i16; 2]; 1]; 2]; 1]; 2]>(&samples(&raw));
        round_trip::<[[f32; 3]; 1]>(&samples(&raw));
        round_trip::<Tensor<2, 1, 4, u8>>(&samples(&raw));
        round_trip::<Tensor<1, 2, 1, i32>>(&samples(&raw));
        round_trip::<Vector<3, i32>>(&samples(&raw));
        round_trip::<Tensor<2, 1, 1, f64>>(&samples(&raw));
    }
}

proptest! {
    #[test]
    fn a_damaged_header_is_not_believed(count in 0_u32..5, at in 0_usize..16, byte in any::<u8>()) {
        let mut bytes = [header(8, &[count, 3, 2]), vec![1; 6 * count as usize]].concat();
        let unharmed = bytes[at] == byte;
        bytes[at] = byte;
        let place = file(&bytes);
        prop_assert_eq!(length_if_accepted::<Tensor<1, 3, 2, u8>>(&place.path), unharmed.then_some(6 * count as usize));
        prop_assert!(length_if_accepted::<[i16; 3]>(&place.path).is_none());
    }

    #[test]
    fn a_truncated_file_is_refused(count in 0_u32..5, missing in 1_usize..50) {
        let bytes = [header(0x0D, &[count, 2]), vec![1; 8 * count as usize]].concat();
        let place = file(&bytes[..bytes.len().saturating_sub(missing)]);
        prop_assert!(length_if_accepted::<[f32; 2]>(&place.path).is_none());
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..40), rank in 0_u8..4) {
        let bytes = [vec![0, 0, 8, rank], bytes].concat();
        let place = file(&bytes);
        let header = 4 + 4 * usize::from(rank);
        let accepted = [length_if_accepted::<u8>(&place.path), length_if_accepted::<[u8; 3]>(&place.path)];
        for len in accepted.into_iter().flatten() {
            prop_assert_eq!(len, bytes.len() - header);
        }
    }
}
