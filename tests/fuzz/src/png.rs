//! Any bytes read as a picture: refused, or a plane of numbers from 0 to 1, within the memory that is stated.
