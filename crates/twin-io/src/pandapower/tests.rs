//! Small networks by hand.
