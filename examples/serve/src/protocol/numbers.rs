//! The numbers of a tensor in JSON: flat, or nested as its shape is. They are read into one vector, row by row, without a tree of
//! values in between.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

/// The deepest nesting: a batch of images has four axes.
const DEEPEST: usize = 8;

/// The numbers of a tensor, as FP32.
#[derive(Debug, Default)]
pub struct Numbers(pub Vec<f32>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Numbers, D::Error> {
        let mut numbers = Vec::new();
        deserializer.deserialize_seq(Level { numbers: &mut numbers, depth: 1 })?;
        Ok(Numbers(numbers))
    }
}

/// One array, or one number in it.
struct Level<'a> {
    numbers: &'a mut Vec<f32>,
    depth: usize,
}

impl Level<'_> {
    fn push<E: Error>(self, number: f64) -> Result<(), E> {
        let single = number as f32;
        if !single.is_finite() {
            return Err(E::custom(format_args!("data: found {number:e}, expected a number of FP32")));
        }
        self.numbers.push(single);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers, or arrays of them")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.push(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.push(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.push(number as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        if self.depth > DEEPEST {
            return Err(A::Error::custom(format_args!("data: found more than {DEEPEST} arrays in each other")));
        }
        while array.next_element_seed(Level { numbers: self.numbers, depth: self.depth + 1 })?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<f32>, String> {
        serde_json::from_str::<Numbers>(json).map(|numbers| numbers.0).map_err(|error| error.to_string())
    }

    #[test]
    fn arrays_are_read_row_by_row() {
        assert_eq!(read("[[1, 2.5], [[-3], 4e-1]]"), Ok(vec![1.0, 2.5, -3.0, 0.4]));
        assert_eq!(read("[]"), Ok(vec![]));
        // The shortest text of any number is read as that number.
        for bits in (0..f32::MAX.to_bits()).step_by(9_999_991) {
            let number = f32::from_bits(bits);
            assert_eq!(read(&format!("[{number:?}, {}]", -f64::from(number))), Ok(vec![number, -number]));
        }
    }

    #[test]
    fn nothing_else_is() {
        for json in
            ["3", "{}", "[null]", "[true]", "[\"1\"]", "[NaN]", "[Infinity]", "[1,]", "[1e39]", "[-4e38]", "[{}]"]
        {
            assert!(read(json).is_err(), "{json}");
        }
        assert!(read("[1e39]").unwrap_err().contains("expected a number of FP32"));
        assert!(read("[1e999]").is_err());
        assert!(read(&("[".repeat(9) + &"]".repeat(9))).unwrap_err().contains("more than 8"));
        assert!(read(&"[".repeat(1_000_000)).is_err());
    }
}
