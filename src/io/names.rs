//! Names that may occur in a file only once.

use alloc::collections::BTreeSet;

/// The first of `names` that repeats an earlier one.
pub(super) fn twice<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_a_name_is_found() {
        assert_eq!(twice(["0.weight", "0.bias", "1.weight"]), None);
        assert_eq!(twice(["a", "b", "c", "b", "a"]), Some("b"));
        assert_eq!(twice(["", ""]), Some(""));
    }
}
