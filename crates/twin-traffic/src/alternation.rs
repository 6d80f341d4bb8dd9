//! Half-sided closures: one lane used alternately.
