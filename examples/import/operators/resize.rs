//! Images that become larger: each pixel repeated, or interpolated.

use shapeproof::shape::Dims;

use super::super::call::{Call, Made, Shape};
use super::window::{image, pair};

/// ONNX has many ways to resize. Where the output is a whole number of times as large, some of them are the same, and the layer
/// computes these two: the nearest pixel, and the linear one between the centers of pixels.
pub fn resize(call: &Call) -> Made {
    let lost = || call.lost(Shape { dims: None, rank: 4 });
    call.ignore(&["cubic_coeff_a", "extrapolation_value"]);
    call.only("antialias", call.int("antialias", 0), 0);
    call.only("exclude_outside", call.int("exclude_outside", 0), 0);
    call.only("keep_aspect_ratio_policy", call.text("keep_aspect_ratio_policy", "stretch"), "stretch");
    let bilinear = is_bilinear(call);
    let axes = call.list(usize::MAX, "axes");
    let axes = axes.map_or(vec![0, 1, 2, 3], |axes| axes.into_iter().flatten().collect());
    if axes != [0, 1, 2, 3] && axes != [2, 3] {
        call.refuse("axes", "[2, 3], height and width");
        return lost();
    }
    let (sizes, scales) = (call.list(3, "sizes"), call.reals(2, "scales"));
    let Some(dims) = image(call) else { return lost() };
    let input = [None, Some(dims.channels), Some(dims.height), Some(dims.width)];
    let input = &input[4 - axes.len()..];
    // How many times as large each axis becomes; that of the samples is not known.
    let (what, found, count, times): (_, _, _, Vec<Option<usize>>) = match (sizes, scales) {
        (Some(sizes), _) => {
            let times = |(&size, &before): (&Option<i64>, &Option<usize>)| match (size, before) {
                (_, None) => Some(1),
                (Some(size), Some(before)) => {
                    let size = usize::try_from(size).ok()?;
                    (size.checked_rem(before) == Some(0)).then(|| size / before)
                }
                (None, Some(_)) => None,
            };
            let shown: Vec<String> =
                sizes.iter().map(|size| size.map_or("N".into(), |size| size.to_string())).collect();
            ("sizes", shown.join(", "), sizes.len(), sizes.iter().zip(input).map(times).collect())
        }
        (None, Some(scales)) => {
            let whole = |&scale: &f64| ((1.0..=1e9).contains(&scale) && scale.fract() == 0.0).then_some(scale as usize);
            let shown: Vec<String> = scales.iter().map(f64::to_string).collect();
            ("scales", shown.join(", "), scales.len(), scales.iter().map(whole).collect())
        }
        (None, None) => {
            call.complain("sizes and scales: found none that is known, expected one of them");
            return lost();
        }
    };
    let scale = match &times[..] {
        [Some(1), Some(1), Some(vertical), Some(horizontal)] | [Some(vertical), Some(horizontal)]
            if count == axes.len() && *vertical > 0 && *horizontal > 0 =>
        {
            [*vertical, *horizontal]
        }
        _ => {
            call.complain(format_args!("{what}: found [{found}], expected whole multiples of its {dims} input"));
            return lost();
        }
    };
    let mut arguments = vec![("scale", pair(scale))];
    if bilinear {
        arguments.push(("bilinear", "true".into()));
    }
    let [height, width] = [dims.height.saturating_mul(scale[0]), dims.width.saturating_mul(scale[1])];
    let output = Dims::new(dims.channels, height, width);
    call.layer("Upsample", arguments, vec![], Shape { dims: Some(output), rank: 4 })
}

/// Whether it interpolates; there is a complaint if it is neither of the two.
fn is_bilinear(call: &Call) -> bool {
    let mode = call.text("mode", "nearest");
    let place = call.text("coordinate_transformation_mode", "half_pixel");
    let rounding = call.text("nearest_mode", "round_prefer_floor");
    let is_half = matches!(place, "half_pixel" | "pytorch_half_pixel");
    match mode {
        "nearest" => {
            // No output is in the middle between two pixels, so it does not matter what is preferred there.
            let fits = match rounding {
                "floor" => place == "asymmetric",
                "round_prefer_floor" | "round_prefer_ceil" => is_half,
                _ => false,
            };
            if !fits {
                call.complain(format_args!(
                    "coordinate_transformation_mode and nearest_mode: found {place} and {rounding}, \
                     expected asymmetric and floor, or half_pixel and round_prefer_floor"
                ));
            }
        }
        "linear" if !is_half => call.refuse("coordinate_transformation_mode", "half_pixel"),
        "linear" => {}
        "bilinear" if call.node.alias.is_some() => call.refuse(
            "mode",
            "nearest, because the printout does not say align_corners of the others: export the model as ONNX",
        ),
        _ => call.refuse("mode", "nearest or linear"),
    }
    mode == "linear"
}
