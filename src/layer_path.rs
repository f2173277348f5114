//! The position and the name of a layer in a network: `3`, `conv1`, or `3.body.0` inside a block.

use core::fmt;

use crate::name::Name;

/// The position of a layer, counted from 0: in its network, or in the branch of the block it is in.
///
/// Prints as in PyTorch: `3`, or `conv1` if that is the layer's name; `3.body.0` for the first layer of the branch `body` of the
/// block at 3, `stage1.body.conv1` if both have names. A position inside a block borrows that of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerPath<'a> {
    /// How many layers come before it.
    pub index: usize,
    /// The layer's name, if it is [`Named`](crate::layer::Named).
    pub label: Option<Name>,
    /// The block it is in, and the name of the branch.
    pub block: Option<(&'a LayerPath<'a>, &'static str)>,
}

impl LayerPath<'_> {
    /// The first layer of a network.
    pub const FIRST: LayerPath<'static> = LayerPath { index: 0, label: None, block: None };

    /// Returns the position `layers` further on, of a layer without a name.
    pub const fn skip(self, layers: usize) -> Self {
        LayerPath { index: self.index + layers, label: None, ..self }
    }

    /// Returns the same position, of a layer called `name`.
    pub const fn called(self, name: Name) -> Self {
        LayerPath { label: Some(name), ..self }
    }

    /// Returns the position of the first layer in a branch of the block at this position. The layers of a network in the place of a
    /// layer are in the branch `""`, so that their positions follow its own: `3.0`.
    pub const fn inside(&self, branch: &'static str) -> LayerPath<'_> {
        LayerPath { index: 0, label: None, block: Some((self, branch)) }
    }

    /// Returns how many blocks it is inside of.
    pub const fn depth(&self) -> usize {
        match self.block {
            Some((block, _)) => 1 + block.depth(),
            None => 0,
        }
    }
}

impl fmt::Display for LayerPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((block, branch)) = self.block {
            write!(f, "{block}.{branch}{}", if branch.is_empty() { "" } else { "." })?;
        }
        match self.label {
            Some(name) => write!(f, "{name}"),
            None => write!(f, "{}", self.index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap_or_else(|why| panic!("{}", why.as_str()))
    }

    #[test]
    fn positions_print_as_paths() {
        let block = LayerPath::FIRST.skip(3);
        let inner = block.inside("body").skip(2);
        let innermost = inner.inside("shortcut").skip(1).skip(4);
        assert_eq!(inner.inside("").skip(1).to_string(), "3.body.2.1");
        let paths = [block, inner, innermost].map(|position| (position.to_string(), position.depth()));
        assert_eq!(paths, [("3".into(), 0), ("3.body.2".into(), 1), ("3.body.2.shortcut.5".into(), 2)]);
    }

    #[test]
    fn a_name_stands_in_for_the_number() {
        let stage = LayerPath::FIRST.skip(3).called(name("stage1"));
        let conv = stage.inside("body").skip(1).called(name("conv1"));
        let below = conv.inside("shortcut").skip(2);
        let paths = [stage, conv, below].map(|position| position.to_string());
        assert_eq!(paths, ["stage1", "stage1.body.conv1", "stage1.body.conv1.shortcut.2"]);
        assert_eq!(LayerPath::FIRST.skip(3).inside("body").called(name("conv1")).to_string(), "3.body.conv1");
    }

    #[test]
    fn positions_are_equal_if_their_blocks_are() {
        let (third, fourth) = (LayerPath::FIRST.skip(3), LayerPath::FIRST.skip(4));
        assert_eq!(third.inside("body").skip(1), LayerPath::FIRST.skip(3).inside("body").skip(1));
        assert_ne!(third.inside("body"), fourth.inside("body"));
        assert_ne!(third.inside("body"), third.inside("shortcut"));
        assert_ne!(third.inside("body"), LayerPath::FIRST);
        assert_ne!(third.called(name("conv1")), third);
    }
}
