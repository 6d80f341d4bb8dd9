//! Courses through a drawn town.
