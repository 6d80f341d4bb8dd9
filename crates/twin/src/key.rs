//! Keys: the stable names that things have in their source system.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A stable name from the source system: `way/4711`, `way/4711#2` (second section of that way), `node/12`,
/// `relation/7`, `water_pipe/P-12`, `tntp/17`. Files carry keys; memory carries [`Id`](crate::Id)s.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// A key of this text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text of the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
