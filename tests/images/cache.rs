//! What is kept, and when it is made again.

use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use shapeproof::data::resize::Fit;
use shapeproof::data::{Dataset, ImageFolder};

use crate::{Folder, grays};

/// Reads the pictures, and returns them with whether they have been decoded.
fn read(folder: &Folder) -> (Vec<(u8, usize)>, bool) {
    let decoded = Cell::new(false);
    let pictures = folder.open().on_progress(|_, _| decoded.set(true)).read().unwrap();
    (grays(&pictures), decoded.get())
}

/// All files in the cache.
fn files(folder: &Folder) -> Vec<PathBuf> {
    let places = fs::read_dir(folder.cache.path().join("shapeproof/images")).into_iter().flatten();
    let files = places.flat_map(|place| fs::read_dir(place.unwrap().path()).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn small() -> Folder {
    let folder = Folder::new();
    folder.square("a/1.png", 1).square("a/2.png", 2).square("b/3.png", 3);
    folder
}

#[test]
fn pictures_are_decoded_once() {
    let folder = small();
    let steps = Cell::new(Vec::new());
    let first = folder.open().on_progress(|done, all| steps.set([steps.take(), vec![(done, all)]].concat()));
    assert_eq!(grays(&first.read().unwrap()), [(1, 0), (2, 0), (3, 1)]);
    let steps = steps.take();
    assert_eq!((steps.first(), steps.last()), (Some(&(0, 3)), Some(&(3, 3))));
    for _ in 0..2 {
        assert_eq!(read(&folder), (vec![(1, 0), (2, 0), (3, 1)], false));
    }
    // SAFETY: no other process uses the file.
    #[allow(unsafe_code)]
    let mapped = unsafe { folder.open().map() }.unwrap();
    assert_eq!(grays(&mapped), [(1, 0), (2, 0), (3, 1)]);
    let idx = fs::read(files(&folder).into_iter().find(|file| file.extension().unwrap() == "idx").unwrap()).unwrap();
    assert_eq!(idx, [&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2][..], &[1; 4], &[2; 4], &[3; 4]].concat());
}

#[test]
fn every_change_of_the_folder_is_noticed() {
    let folder = small();
    let mut expected = vec![(1, 0), (2, 0), (3, 1)];
    let check = |what: &str, expected: &[(u8, usize)]| {
        assert_eq!(read(&folder), (expected.to_vec(), true), "{what}");
        assert_eq!(read(&folder), (expected.to_vec(), false), "{what}");
        assert_eq!(files(&folder).len(), 2, "the older ones are gone");
    };
    check("new", &expected);
    folder.square("b/4.png", 4);
    expected.push((4, 1));
    check("added", &expected);
    // The same length.
    folder.square("a/1.png", 9);
    File::open(folder.path("a/1.png")).unwrap().set_modified(SystemTime::now() + Duration::from_secs(1)).unwrap();
    expected[0].0 = 9;
    check("overwritten", &expected);
    fs::remove_file(folder.path("a/2.png")).unwrap();
    expected.remove(1);
    check("removed", &expected);
    fs::rename(folder.path("a/1.png"), folder.path("b/1.png")).unwrap();
    folder.square("a/0.png", 5);
    check("moved to another class", &[(5, 0), (9, 1), (3, 1), (4, 1)]);
    fs::rename(folder.path("b"), folder.path("c")).unwrap();
    check("another name of a class", &[(5, 0), (9, 1), (3, 1), (4, 1)]);
    // What is no picture does not matter.
    folder.put("a/notes.txt", b"new");
    assert!(!read(&folder).1);
}

#[test]
fn each_shape_and_rule_is_kept() {
    let folder = small();
    let all = || {
        let mut decoded = [false; 5];
        let [one, two, three, four, five] = &mut decoded;
        folder.open().on_progress(|_, _| *one = true).read::<1, 2, 2>().unwrap();
        folder.open().on_progress(|_, _| *two = true).read::<3, 2, 2>().unwrap();
        folder.open().on_progress(|_, _| *three = true).read::<1, 3, 2>().unwrap();
        folder.open().on_progress(|_, _| *four = true).fit(Fit::Pad).read::<1, 2, 2>().unwrap();
        folder.open().on_progress(|_, _| *five = true).background(0).read::<1, 2, 2>().unwrap();
        decoded
    };
    assert_eq!(all(), [true; 5]);
    assert_eq!(all(), [false; 5]);
}

#[test]
fn a_damaged_cache_is_made_again() {
    let folder = small();
    let damages: [&dyn Fn(&Path); 5] = [
        &|file| fs::write(file, "").unwrap(),
        &|file| fs::write(file, "what is this?").unwrap(),
        &|file| fs::write(file, b"\xff\xfe").unwrap(),
        &|file| File::options().write(true).open(file).unwrap().set_len(20).unwrap(),
        &|file| fs::remove_file(file).unwrap(),
    ];
    read(&folder);
    for damage in damages {
        for file in files(&folder) {
            damage(&file);
            assert_eq!(read(&folder).0, [(1, 0), (2, 0), (3, 1)]);
            assert!(!read(&folder).1, "it is whole again");
        }
    }
}

#[test]
fn a_refused_picture_leaves_nothing() {
    let folder = small();
    folder.put("b/bad.png", b"");
    assert!(folder.error().starts_with("b/bad.png: picture: found an empty file"));
    assert!(files(&folder).is_empty(), "{:?}", files(&folder));
}

#[test]
fn several_may_make_it_at_once() {
    let folder = small();
    thread::scope(|scope| {
        for thread in [(); 4].map(|()| scope.spawn(|| read(&folder).0)) {
            assert_eq!(thread.join().unwrap(), [(1, 0), (2, 0), (3, 1)]);
        }
    });
    assert_eq!(files(&folder).len(), 2);
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let folder = small();
    let file = folder.path("a/1.png");
    let error = ImageFolder::new(folder.root.path()).cache(&file).read::<1, 2, 2>().unwrap_err().to_string();
    assert!(error.starts_with("cannot ") && error.contains(&file.display().to_string()), "{error}");
}

/// The process is killed when some pictures are decoded.
#[test]
fn a_killed_process_leaves_nothing_half_written() {
    let folder = small();
    (0..200).for_each(|i| _ = folder.square(&format!("c/{i:03}.png"), i));
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["cache::is_killed", "--exact", "--ignored", "--nocapture"]).env("RAYON_NUM_THREADS", "1");
    child.env("ROOT", folder.root.path()).env("CACHE", folder.cache.path());
    assert!(!child.output().unwrap().status.success());

    let left = files(&folder);
    assert!(left.len() == 1 && left[0].extension().unwrap() == "tmp", "{left:?}");
    let (pictures, decoded) = read(&folder);
    assert_eq!((pictures.len(), decoded), (203, true));
    // The file may be that of a process that is still writing, until it has not been written to for an hour.
    assert_eq!(files(&folder).len(), 3);
    let old = SystemTime::now() - Duration::from_secs(2 * 3600);
    File::open(&left[0]).unwrap().set_modified(old).unwrap();
    folder.square("c/new.png", 7);
    assert_eq!(read(&folder).0.len(), 204);
    assert_eq!(files(&folder).len(), 2);
}

#[test]
#[ignore = "not a test, but the process that one starts"]
fn is_killed() {
    let (Some(root), Some(cache)) = (std::env::var_os("ROOT"), std::env::var_os("CACHE")) else { return };
    let abort = |done, _| {
        if done > 0 {
            std::process::abort()
        }
    };
    let pictures = ImageFolder::new(root).cache(cache).on_progress(abort).read::<1, 2, 2>();
    panic!("it is not killed: {} pictures", pictures.unwrap().len());
}
