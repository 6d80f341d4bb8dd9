//! Streets as arrays.
