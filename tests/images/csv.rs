//! Names and labels from a CSV file.

use crate::{Folder, grays};

#[test]
fn names_and_labels_in_quotes_and_without() {
    let folder = Folder::new();
    folder.square("1.png", 1).square("day 2/a, b.png", 2).square("猫.png", 3).square("not named.png", 9);
    let csv =
        "name,label,note\r\n猫.png,cat,\r\n\"day 2/a, b.png\",\"a \"\"big\"\" dog\",\"two\nlines\"\r\n\r\n1.png,cat";
    let pictures = folder.with_csv(csv).read().unwrap();
    assert_eq!(pictures.classes(), ["a \"big\" dog", "cat"]);
    assert_eq!(grays(&pictures), [(3, 1), (2, 0), (1, 1)], "in the order of the file");
    assert_eq!(pictures.path(1), folder.path("day 2/a, b.png"));

    // Without a header; the classes are other ones, and so is the cache.
    let pictures = folder.with_csv("1.png,0\n猫.png,1\n").read().unwrap();
    assert_eq!((pictures.classes(), grays(&pictures)), (&["0".into(), "1".into()][..], vec![(1, 0), (3, 1)]));
    let pictures = folder.with_csv("1.png,1\n猫.png,0\n").read().unwrap();
    assert_eq!(grays(&pictures), [(1, 1), (3, 0)]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = Folder::new();
    folder.square("1.png", 1);
    let csv = "1.png,a\nmissing.png,b\n";
    let missing = "missing.png: picture: found no such file, expected a whole PNG or JPEG file";
    assert_eq!(folder.short(folder.with_csv(csv)), missing);
    let pictures = folder.with_csv(csv).skip_bad().read().unwrap();
    assert_eq!((grays(&pictures), pictures.counts()), (vec![(1, 0)], vec![1, 0]));
    let [skipped] = pictures.skipped() else { panic!() };
    assert_eq!((&skipped.path, &*skipped.found), (&folder.path("missing.png"), "no such file"));

    // It comes.
    folder.square("missing.png", 2);
    assert_eq!(grays(&folder.with_csv(csv).read().unwrap()), [(1, 0), (2, 1)]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let folder = Folder::new();
    folder.square("1.png", 1);
    let cases = [
        ("", "labels.csv: classes: found none, expected lines of a name and a label"),
        ("name,label\n", "labels.csv: classes: found none, expected lines of a name and a label"),
        ("1.png\n", "labels.csv: line: found one value in line 1, expected a name and a label"),
        ("name\n1.png,\n", "labels.csv: name of a class: found none, expected a name"),
        ("1.png,a\n\n1.png,a\n", "labels.csv: line: found 1.png again in line 3, expected each name once"),
        (
            "1.png,a\n\"2.png,b\n",
            "labels.csv: line: found a quote that is not closed in line 2, expected a closing quote",
        ),
        ("1.png,\"a\u{7}\"", "labels.csv: name of a class: found a\\u{7}, expected no control characters"),
    ];
    for (csv, error) in cases {
        assert_eq!(folder.short(folder.with_csv(csv)), error, "{csv:?}");
    }
    std::fs::remove_file(folder.cache.path().join("labels.csv")).ok();
    let nowhere = shapeproof::data::ImageFolder::with_csv(folder.root.path(), folder.path("no.csv"));
    assert!(folder.short(nowhere).starts_with("cannot open no.csv: "));
}
