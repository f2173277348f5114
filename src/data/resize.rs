//! How a picture of any size becomes one of the network's input.

/// How a picture of any size becomes one of `H×W` pixels, as the `images` of a folder do. A model's card records it, so that the
/// pictures of a prediction are treated as those of the training. The size and the number of channels are the network's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "safetensors", derive(serde::Serialize, serde::Deserialize))]
pub struct Resize {
    /// Which part of the picture is used; the largest that is not distorted by default.
    pub fit: Fit,
    /// The gray behind transparent parts, and around pictures that are [padded](Fit::Pad): 0 to 255, which is white and the default.
    pub background: u8,
}

/// Which part of a picture becomes one of `H×W` pixels.
///
/// Pixels are weighted by a triangle as wide as two pixels of the smaller picture, so that none is left out when a picture becomes
/// smaller; when it becomes larger, this is bilinear interpolation. It is the antialiased bilinear filter of Pillow and torchvision.
/// Numbers are averaged as they are stored, without gamma correction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "safetensors", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Fit {
    /// The largest part with the proportions of `H×W`, from the center, is resized. Nothing is distorted, borders are lost.
    #[default]
    Crop,
    /// The whole picture is resized to touch the borders, and centered on the background. Nothing is distorted or lost.
    Pad,
    /// The whole picture is resized to `H×W`, whatever its proportions. Nothing is lost.
    Stretch,
}

impl Resize {
    /// By this rule, on white.
    pub const fn new(fit: Fit) -> Resize {
        Resize { fit, background: 255 }
    }
}

/// [`Fit::Crop`], on white.
impl Default for Resize {
    fn default() -> Resize {
        Resize::new(Fit::default())
    }
}
