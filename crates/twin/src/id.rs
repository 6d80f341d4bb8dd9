//! Dense typed indices: an `Id<RoadLink>` cannot index a column of pipes.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData};

/// The position of a `T` in its [`Table`](crate::Table) or [`Network`](crate::Network).
///
/// Ids live in memory only; files carry [`Key`](crate::Key)s.
pub struct Id<T>(u32, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// The id of row `index`.
    ///
    /// # Panics
    /// If `index` does not fit 32 bits: no city has four billion of anything.
    #[must_use]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("because no table has 2^32 rows"), PhantomData)
    }

    /// The row number.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
