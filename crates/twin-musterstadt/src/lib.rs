//! A door without a file: the generated German town Musterstadt.
