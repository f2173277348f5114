//! Pictures in the terminal: two pixels in each character, one above the other.

use std::env;
use std::fmt::Write;

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// 24 bits.
    All,
    /// The 256 of xterm.
    Palette,
    /// None, or none are wanted: shades of characters.
    None,
}

impl Colors {
    /// What standard output can show: no colors if it is no terminal, or with `NO_COLOR`.
    pub fn of_stdout() -> Colors {
        let all = env::var("COLORTERM").is_ok_and(|value| value == "truecolor" || value == "24bit");
        match console::colors_enabled() {
            false => Colors::None,
            true if all => Colors::All,
            true => Colors::Palette,
        }
    }
}

/// Rows of pixels: red, green, blue.
pub struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// A black picture.
    pub fn new(width: usize, height: usize) -> Picture {
        Picture { width, pixels: vec![[0; 3]; width * height] }
    }

    pub fn set(&mut self, x: usize, y: usize, color: [u8; 3]) {
        self.pixels[y * self.width + x] = color;
    }

    /// The picture as lines of text, without a line break at the end of each.
    pub fn lines(&self, colors: Colors) -> Vec<String> {
        let rows: Vec<&[[u8; 3]]> = self.pixels.chunks(self.width.max(1)).collect();
        rows.chunks(2).map(|pair| line(pair[0], pair.get(1).copied(), colors)).collect()
    }
}

fn line(top: &[[u8; 3]], bottom: Option<&[[u8; 3]]>, colors: Colors) -> String {
    let mut line = String::new();
    let mut before = None;
    for (x, &upper) in top.iter().enumerate() {
        let lower = bottom.map_or([0; 3], |row| row[x]);
        if colors == Colors::None {
            line.push(shade(upper, lower));
            continue;
        }
        if before != Some((upper, lower)) {
            // Writing to a string does not fail.
            write!(line, "\x1b[38;{};48;{}m", code(upper, colors), code(lower, colors)).ok();
            before = Some((upper, lower));
        }
        line.push('▀');
    }
    if colors == Colors::None { line.trim_end().to_string() } else { line + "\x1b[0m" }
}

fn code([red, green, blue]: [u8; 3], colors: Colors) -> String {
    if colors == Colors::All {
        return format!("2;{red};{green};{blue}");
    }
    let index = if red == green && green == blue {
        // Black, 24 grays, white.
        match red {
            0..=3 => 16,
            247..=255 => 231,
            gray => 232 + (u16::from(gray) - 3) / 10,
        }
    } else {
        let level = |part: u8| (u16::from(part) * 5 + 127) / 255;
        16 + 36 * level(red) + 6 * level(green) + level(blue)
    };
    format!("5;{index}")
}

/// Both pixels as one character.
fn shade(upper: [u8; 3], lower: [u8; 3]) -> char {
    let bright = |color: [u8; 3]| color.iter().map(|&part| usize::from(part)).sum::<usize>();
    [' ', '░', '▒', '▓', '█'][(bright(upper) + bright(lower)) * 5 / (6 * 255 + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pixels_are_one_character() {
        let mut picture = Picture::new(2, 3);
        picture.set(0, 0, [255; 3]);
        picture.set(1, 1, [255, 0, 0]);
        assert_eq!(
            picture.lines(Colors::Palette),
            ["\x1b[38;5;231;48;5;16m▀\x1b[38;5;16;48;5;196m▀\x1b[0m", "\x1b[38;5;16;48;5;16m▀▀\x1b[0m"]
        );
        assert!(picture.lines(Colors::All)[0].starts_with("\x1b[38;2;255;255;255;48;2;0;0;0m▀"));
        assert_eq!(picture.lines(Colors::None), ["▒", ""]);
    }
}
