//! A law: electricity. AC power flow, switching, outage and restoration.
//!
//! Pure functions from plain data to plain data.
