//! The verb: applies scenarios to a twin and couples the laws.
