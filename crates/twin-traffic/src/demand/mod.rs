//! Travel demand: trips from buildings, land use and border roads.
