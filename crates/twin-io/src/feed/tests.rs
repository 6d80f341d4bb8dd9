//! Feeds in and out.
