//! A subfolder for each class.

use std::fs;

use shapeproof::data::images::Pictures;
use shapeproof::data::{Dataset, HeldOut};

use crate::{Folder, grays};

#[test]
fn classes_and_pictures_are_sorted() {
    let folder = Folder::new();
    folder.square("dog/z.png", 1).square("dog/a.png", 2).square("cat/10.png", 3).square("cat/9.png", 4);
    folder.square("Zebra/1.png", 5).square("猫 und Hund/é.png", 6).square("cat/deep/er/1.png", 7);
    let pictures = folder.open().read().unwrap();
    assert_eq!(pictures.classes(), ["Zebra", "cat", "dog", "猫 und Hund"]);
    assert_eq!(grays(&pictures), [(5, 0), (3, 1), (4, 1), (7, 1), (2, 2), (1, 2), (6, 3)]);
    assert_eq!(pictures.counts(), [1, 3, 2, 1]);
    assert_eq!(pictures.path(3), folder.path("cat/deep/er/1.png"));
    assert_eq!(pictures.path(6), folder.path("猫 und Hund/é.png"));
}

#[test]
fn other_files_are_counted_and_hidden_ones_are_not_looked_at() {
    let folder = Folder::new();
    folder.square("a/1.png", 1).square("b/2.jpg", 2);
    folder.put("a/notes.txt", b"").put("a/png", b"").put("a/1.webp", b"").put("labels.csv", b"");
    folder.square("beside.png", 9);
    folder.put(".git/x.png", b"").put("a/.DS_Store", b"").put("a/._1.png", b"").put("b/.more/x.png", b"");
    let pictures = folder.open().read().unwrap();
    assert_eq!(grays(&pictures), [(1, 0), (2, 1)]);
    assert_eq!((pictures.ignored(), pictures.skipped().len()), (5, 0));
}

#[test]
fn a_class_has_pictures() {
    let folder = Folder::new();
    folder.square("a/1.png", 1).square("c/3.png", 3).put("b/notes.txt", b"");
    assert_eq!(folder.error(), "b: class: found no picture, expected at least one PNG or JPEG file");
    // Unless bad files are skipped.
    let pictures = folder.open().skip_bad().read().unwrap();
    assert_eq!((pictures.counts(), grays(&pictures)), (vec![1, 0, 1], vec![(1, 0), (3, 2)]));
    fs::remove_file(folder.path("b/notes.txt")).unwrap();
    assert_eq!(folder.error(), "b: class: found no picture, expected at least one PNG or JPEG file");
}

#[test]
fn a_folder_has_classes() {
    let folder = Folder::new();
    let error = |folder: &Folder| folder.open().read::<1, 2, 2>().unwrap_err().to_string();
    let root = folder.root.path().display().to_string();
    let none = format!("{root}: classes: found no subfolder, expected a subfolder of pictures for each class");
    assert_eq!(error(&folder), none);
    folder.square("1.png", 1);
    assert_eq!(error(&folder), none);
    folder.square("only/1.png", 1);
    assert_eq!(grays(&folder.open().read().unwrap()), [(1, 0)]);
    fs::remove_dir_all(folder.root.path()).unwrap();
    assert!(error(&folder).starts_with(&format!("cannot open {root}: ")));
}

#[cfg(unix)]
#[test]
fn a_name_of_a_class_can_be_printed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    folder.square("a\u{1b}[31m/1.png", 1);
    assert!(folder.error().ends_with("name of a class: found a\\u{1b}[31m, expected no control characters"));
    let folder = Folder::new();
    if fs::create_dir(folder.root.path().join(OsStr::from_bytes(b"caf\xe9"))).is_ok() {
        assert!(folder.error().ends_with("name of a class: found bytes that are no text, expected UTF-8"));
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    elsewhere.square("class/1.png", 1).square("2.png", 2);
    folder.square("a/3.png", 3);
    symlink(elsewhere.path("class"), folder.path("b")).unwrap();
    symlink(elsewhere.path("2.png"), folder.path("a/2.png")).unwrap();
    assert_eq!(grays(&folder.open().read().unwrap()), [(2, 0), (3, 0), (1, 1)]);

    // Into nothing: a file that is named, but not there.
    symlink(elsewhere.path("nothing.png"), folder.path("a/4.png")).unwrap();
    assert_eq!(folder.error(), "a/4.png: picture: found no such file, expected a whole PNG or JPEG file");
    assert_eq!(folder.open().skip_bad().read::<1, 2, 2>().unwrap().len(), 3);
    elsewhere.square("nothing.png", 4);
    assert_eq!(folder.open().read::<1, 2, 2>().unwrap().len(), 4);

    for back in ["a/deep/circle", "c"] {
        fs::create_dir_all(folder.path(back).parent().unwrap()).unwrap();
        symlink(folder.root.path(), folder.path(back)).unwrap();
        let error = folder.error();
        assert!(error.ends_with("link: found a folder that it is in, expected links without a circle"), "{error}");
        fs::remove_file(folder.path(back)).unwrap();
    }
}

#[test]
fn a_split_has_the_same_part_of_each_class() {
    let folder = Folder::new();
    for (class, count) in [("a", 10), ("b", 25), ("c", 1), ("d", 2)] {
        (0..count).for_each(|i| _ = folder.square(&format!("{class}/{i:02}.png"), i));
    }
    let percent = HeldOut::Percent;
    let split = |seed| folder.open().read::<1, 2, 2>().unwrap().split_stratified(percent(20), seed);
    let (train, validation) = split(1);
    assert_eq!((train.counts(), validation.counts()), (vec![8, 20, 1, 1], vec![2, 5, 0, 1]));
    // Together they are everything, once.
    let parts = [&train, &validation];
    let mut all: Vec<_> = parts.iter().flat_map(|part| (0..part.len()).map(|index| part.path(index))).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 38);

    assert_eq!(grays(&split(1).1), grays(&validation));
    assert_ne!(grays(&split(2).1), grays(&validation));
    // A part can be split again, and knows all that the whole does.
    let (train, validation): (Pictures<1, 2, 2>, _) = train.split_stratified(HeldOut::Count(15), 1);
    assert_eq!((train.counts(), validation.counts()), (vec![4, 10, 0, 1], vec![4, 10, 1, 0]));
    assert_eq!((train.classes(), train.resize()), (validation.classes(), validation.resize()));
}
